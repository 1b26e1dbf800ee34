import { EventSource } from '../../support/event-source.js';
import {
  clientError,
  type ClientApis,
  type Json,
  startClientApis,
  type TestBot,
  type TestPerson,
} from './client-caller.js';

describe('Client and Bot API: editing, removing, typing, reading', () => {
  let apis: ClientApis;
  let alice: TestPerson;
  let bot: TestBot;
  let chatId: string;
  const open: EventSource[] = [];

  beforeAll(async () => {
    apis = await startClientApis();
  });
  afterAll(() => apis.close());
  beforeEach(async () => {
    [alice, bot] = [await apis.signUp(), await apis.createBot()];
    chatId = (await alice.post('/chat', { botId: bot.id })).body.id;
  });
  afterEach(() => {
    for (const source of open.splice(0)) source.close();
  });

  const sendText = async (caller: TestPerson | TestBot, body: string): Promise<Json> =>
    (await caller.post('/chat/message', { chatId, body })).body;
  const listen = async (): Promise<EventSource> => {
    const source = await EventSource.open(`${apis.url}/v1/client-api/events`, { cookie: alice.cookie });
    open.push(source);
    return source;
  };
  const shown = async (): Promise<Json> => (await alice.get(`/chat/${chatId}/messages`)).body;

  it('edits a message and keeps its position and time', async () => {
    const [mine, later] = [await sendText(alice, 'Helo'), await sendText(bot, 'Pardon?')];
    const source = await listen();
    const edited = await alice.put(`/chat/message/${mine.id}`, { body: 'Hello' });
    expect(edited).toMatchObject({ status: 200, body: { ...mine, body: 'Hello' } });
    expect((await shown()).messages.map(({ body }: Json) => body)).toEqual(['Hello', 'Pardon?']);
    expect((await source.next('message.edited')).data).toMatchObject({
      seq: 3,
      actorId: alice.id,
      message: edited.body,
    });
    expect(await bot.put(`/chat/message/${later.id}`, { body: 'Hm?' })).toMatchObject({
      status: 200,
      body: { body: 'Hm?' },
    });
    expect((await bot.get('/events?after=0')).body.events.map(({ type }: Json) => type)).toEqual([
      'message.created',
      'message.edited',
      'message.edited',
    ]);
  });

  it('deletes a message for all', async () => {
    const [mine, later] = [await sendText(alice, 'secret'), await sendText(bot, 'answer')];
    const source = await listen();
    expect(await alice.delete(`/chat/message/${mine.id}`)).toMatchObject({
      status: 200,
      body: { message: 'Message deleted.' },
    });
    expect(await shown()).toMatchObject({ total: 1, messages: [{ id: later.id }] });
    expect((await source.next('message.removed')).data).toMatchObject({ seq: 3, chatId, messageId: mine.id });
    const gone = { status: 404, body: clientError('Message not found.') };
    expect(await alice.delete(`/chat/message/${mine.id}`)).toMatchObject(gone);
    expect(await alice.put(`/chat/message/${mine.id}`, { body: 'x' })).toMatchObject(gone);
    expect(await bot.get(`/chat/message/${mine.id}`)).toMatchObject(gone);
    expect(await bot.delete(`/chat/message/${later.id}`)).toMatchObject({ status: 200 });
    expect(await shown()).toMatchObject({ total: 0, messages: [] });
    expect(JSON.stringify((await bot.get('/events?after=0')).body)).not.toContain('secret');
  });

  it('applies concurrent edits and deletions in some order, and deletes once', async () => {
    for (let i = 0; i < 5; i++) {
      const { id } = await sendText(alice, 'x');
      const answers = await Promise.all([
        alice.delete(`/chat/message/${id}`),
        alice.put(`/chat/message/${id}`, { body: 'y' }),
        alice.delete(`/chat/message/${id}`),
      ]);
      expect(answers.map(({ status }) => status).filter((status) => status !== 200 && status !== 404)).toEqual([]);
      expect([answers[0], answers[2]].map(({ status }) => status).toSorted()).toEqual([200, 404]);
    }
    expect(await shown()).toMatchObject({ total: 0, messages: [] });
  });

  it('allows only the sender, and only while in the chat', async () => {
    const [mine, eve] = [await sendText(alice, 'mine'), await apis.signUp('Eve')];
    const path = `/chat/message/${mine.id}`;
    for (const act of [
      (caller: TestPerson | TestBot) => caller.delete(path),
      (caller: TestPerson | TestBot) => caller.put(path, { body: 'x' }),
    ]) {
      expect(await act(eve)).toMatchObject({ status: 403, body: clientError('Chat is not related to current user.') });
      expect(await act(bot)).toMatchObject({ status: 403, body: { code: 'message.not_yours' } });
    }
    expect(await alice.put(path, { body: 'x'.repeat(4097) })).toMatchObject({
      status: 400,
      body: clientError('maximum allowed body length is 4096 characters'),
    });
    expect((await shown()).messages[0].body).toBe('mine');
  });

  it('sends a typing indicator to the other members and does not store it', async () => {
    const source = await listen();
    expect(await bot.post(`/chat/${chatId}/typing`)).toMatchObject({ status: 200, body: { message: 'Typing.' } });
    expect(await source.next('typing')).toMatchObject({
      id: undefined,
      data: { type: 'typing', chatId, userId: bot.id },
    });
    await alice.post(`/chat/${chatId}/typing`);
    await sendText(bot, 'done');
    await source.next('message.created');
    expect(source.ofType('typing')).toHaveLength(1);
    const eve = await apis.signUp('Eve');
    expect((await eve.post(`/chat/${chatId}/typing`)).status).toBe(403);
    expect((await eve.post('/chat/nowhere/typing')).status).toBe(404);
  });

  it('lists read positions, which never move back', async () => {
    const [one, two] = [await sendText(alice, '1'), await sendText(alice, '2')];
    const state = async () =>
      new Map<string, number>(
        (await alice.get(`/chat/${chatId}/read`)).body.map(({ userId, readUntil }: Json) => [userId, readUntil]),
      );
    expect((await state()).get(bot.id)).toBe(0);
    const source = await listen();
    expect(await bot.put(`/chat/message/${two.id}/read`)).toMatchObject({ status: 200, body: { message: 'Read.' } });
    expect((await source.next('message.read')).data).toEqual({
      type: 'message.read',
      chatId,
      userId: bot.id,
      messageId: two.id,
      at: two.timestamp,
    });
    expect((await state()).get(bot.id)).toBe(two.timestamp);
    await bot.put(`/chat/message/${one.id}/read`);
    expect((await state()).get(bot.id)).toBe(two.timestamp);
    const eve = await apis.signUp('Eve');
    expect((await eve.get(`/chat/${chatId}/read`)).status).toBe(403);
    expect((await eve.put(`/chat/message/${one.id}/read`)).status).toBe(403);
    expect((await alice.put('/chat/message/nothing/read')).status).toBe(404);
  });
});
