import { newId } from '../../../src/core/crypto/ids.js';
import { AiRunsRepository } from '../../../src/modules/ai/runs/ai-runs.repository.js';
import { RunClaimsRepository } from '../../../src/modules/ai/runs/run-claims.repository.js';
import { EventSource } from '../../support/event-source.js';
import { echo, type ModelBehaviour, replyWith } from '../../support/model-server.js';
import { startSink } from '../../support/sink.js';
import { waitFor } from '../../support/wait-for.js';
import type { Json } from '../client/client-caller.js';
import { type AiApis, startAi, type AiChat, textOf, words } from './ai-apis.js';

/** A group with an AI bot. */
interface Group {
  id: string;
  path: string;
  ask(userId: string, message: string, fields?: object): Promise<unknown>;
  /** Waits for this many messages of the bot. @returns their bodies */
  answers(count: number): Promise<string[]>;
}

describe('AI bots: runs', () => {
  let ai: AiApis;

  beforeAll(async () => {
    ai = await startAi();
    const aiChat = await ai.openChat(); // warm up: the first run is slow, and these tests measure seconds
    await aiChat.send('Hello');
    await aiChat.waitForReplies(1, 20_000);
  }, 60_000);
  afterAll(() => ai.close());
  beforeEach(() => {
    ai.model.calls.length = 0;
    ai.model.behave(echo);
  });

  const openGroup = async (botId: string, ...userIds: string[]): Promise<Group> => {
    const { body: group } = await ai.platform.post('/group_channels', { user_ids: [...userIds, botId] });
    const id = group.channel_url as string;
    const path = `/group_channels/${id}/messages`;
    const read = async (): Promise<string[]> => {
      const { body } = await ai.platform.get(`${path}?message_ts=${Date.now() + 60_000}&prev_limit=50`);
      return (body.messages as Json[])
        .filter(({ user }) => user.user_id === botId)
        .map(({ message }) => message as string);
    };
    return {
      id,
      path,
      ask: (user_id, message, fields = {}) =>
        ai.platform.post(path, { message_type: 'MESG', user_id, message, ...fields }),
      answers: (count) =>
        waitFor(async () => ((await read()).length >= count ? read() : undefined), { what: `${count} replies` }),
    };
  };
  /** Starts a long reply with `ask`, and waits for its beginning. */
  const beginStory = async (source: EventSource, ask: () => Promise<unknown>): Promise<void> => {
    ai.model.next(replyWith(words(300), { delayMs: 20 }));
    await ask();
    // Longer than what is discarded when a reply is superseded.
    await waitFor(() => textOf(source).length >= 60, { what: 'the beginning of the story' });
  };
  const requestStory = async (aiChat: AiChat): Promise<void> =>
    beginStory(await aiChat.openEvents(), () => aiChat.send('Write a story'));

  it('are superseded by a new message, whose reply covers both', async () => {
    const aiChat = await ai.openChat();
    ai.model.next(replyWith(words(200), { stallAfter: 1 }));
    await aiChat.send('first question');
    await ai.waitForRun(aiChat.chatId, 'streaming');
    const askedAt = Date.now();
    await aiChat.send('second question');
    await waitFor(
      async () => (await aiChat.messages()).some(({ body }: Json) => body === 'You said: second question'),
      {
        what: 'the reply',
      },
    );
    const abortedAt = await waitFor(() => ai.model.calls[0].abortedAt, { what: 'the end of the connection' });
    expect(abortedAt - askedAt).toBeLessThan(1000);
    expect(ai.promptOf(1).join()).toMatch(/first question.*second question/);
    expect((await aiChat.waitForReplies(1)).filter((text) => text.startsWith('You said'))).toHaveLength(1);
    await ai.waitForRun(aiChat.chatId, 'cancelled');
  });

  it('are cancelled on request within a second, and keep the visible text', async () => {
    const aiChat = await ai.openChat();
    const source = await aiChat.openEvents();
    ai.model.next(replyWith(words(300), { delayMs: 20 }));
    await aiChat.send('Write a story');
    await source.next('message.delta');
    const stoppedAt = Date.now();
    expect((await aiChat.person.post(`/chat/${aiChat.chatId}/ai/cancel`)).body).toEqual({ stopped: 1 });
    expect((await waitFor(() => ai.model.calls[0].abortedAt, { what: 'the end' })) - stoppedAt).toBeLessThan(1000);
    const [text] = await aiChat.waitForReplies(1);
    expect(words(300).startsWith(text)).toBe(true);
    expect(await ai.waitForRun(aiChat.chatId, 'interrupted')).toMatchObject({
      reason: 'stopped',
      stoppedBy: aiChat.person.id,
    });
    expect((await source.next('message.completed')).data).toMatchObject({ end: 'stopped' });
    expect((await aiChat.person.post(`/chat/${aiChat.chatId}/ai/cancel`)).body).toEqual({ stopped: 0 });
    const eve = await ai.signUp('Eve');
    expect((await eve.post(`/chat/${aiChat.chatId}/ai/cancel`)).status).toBe(403);
    expect((await eve.post(`/chat/${aiChat.chatId}/ai/regenerate`)).status).toBe(403);
  });

  it('are regenerated on request by an edit of the reply', async () => {
    const aiChat = await ai.openChat();
    expect((await aiChat.person.post(`/chat/${aiChat.chatId}/ai/regenerate`)).status).toBe(404);
    await aiChat.ask('Name a colour');
    const source = await aiChat.openEvents();
    ai.model.next(replyWith('Blue', { delayMs: 100 }));
    const asked = await aiChat.person.post(`/chat/${aiChat.chatId}/ai/regenerate`);
    expect(asked).toMatchObject({ status: 202, body: { state: 'queued', attempt: 2 } });
    expect((await aiChat.person.post(`/chat/${aiChat.chatId}/ai/regenerate`)).status).toBe(409);
    expect((await source.next('message.edited')).data).toMatchObject({ message: { body: 'Blue' } });
    expect(await aiChat.waitForReplies(1)).toEqual(['Blue']);
    expect(ai.promptOf(1)).toEqual(['user: Name a colour']);
  });

  it('restart when their trigger is edited and stop when it is deleted', async () => {
    const aiChat = await ai.openChat();
    ai.model.next(replyWith(words(100), { delayMs: 50 }));
    const { id } = await aiChat.send('Wether?');
    await ai.waitForCalls(1);
    await aiChat.person.put(`/chat/message/${id}`, { body: 'Weather?' });
    expect(await aiChat.waitForReplies(1)).toEqual(['You said: Weather?']);
    ai.model.next(replyWith(words(100), { delayMs: 50 }));
    const second = await aiChat.send('Oops');
    await ai.waitForCalls(3);
    await aiChat.person.delete(`/chat/message/${second.id}`);
    await waitFor(() => ai.model.calls[2].abortedAt, { what: 'the end' });
    await ai.waitForIdle(aiChat.chatId);
    expect(await aiChat.waitForReplies(1)).toHaveLength(1);
  });

  it('are processed in order in a group, with the names of the senders', async () => {
    const botId = await ai.createAiBot();
    const [alice, bob] = [await ai.signUp('Alice'), await ai.signUp('Bob')];
    const group = await openGroup(botId, alice.id, bob.id);
    ai.model.behave((call, response) =>
      replyWith(`A: ${call.body.messages.at(-1).content}`, { delayMs: 30 })(call, response),
    );
    for (let i = 0; i < 5; i++) await group.ask((i % 2 ? bob : alice).id, `question ${i}`);
    const answers = await group.answers(5);
    expect(answers).toEqual([0, 1, 2, 3, 4].map((i) => `A: ${i % 2 ? 'Bob' : 'Alice'}: question ${i}`));
  });

  it('start in privacy mode for commands and mentions only, and always in a personal chat', async () => {
    const botId = await ai.createAiBot({}, { is_privacy_mode: true });
    const alice = await ai.signUp('Alice');
    const group = await openGroup(botId, alice.id);
    await group.ask(alice.id, 'just talking');
    await group.ask(alice.id, '/help me');
    await ai.waitForCalls(1);
    await group.ask(alice.id, 'you there', { mention_type: 'users', mentioned_user_ids: [botId] });
    await ai.waitForCalls(2);
    expect(ai.model.calls.map((_, index) => ai.promptOf(index).at(-1))).toEqual([
      'user: Alice: /help me',
      'user: Alice: you there',
    ]);
    expect(JSON.stringify(ai.model.calls)).not.toContain('just talking');
    const aiChat = await ai.openChatWith(botId);
    await aiChat.ask('no slash');
  });

  it('produce one reply beside a callback, which receives the message', async () => {
    const sink = await startSink();
    const botId = await ai.createAiBot({}, { bot_callback_url: `${sink.url}/hook` });
    const aiChat = await ai.openChatWith(botId);
    expect(await aiChat.ask('Hello both')).toEqual(['You said: Hello both']);
    await waitFor(() => sink.received.length > 0, { what: 'the callback' });
    expect(sink.received[0].body).toContain('Hello both');
    await ai.waitForIdle(aiChat.chatId);
    expect(await aiChat.waitForReplies(1)).toHaveLength(1);
    expect(ai.model.calls).toHaveLength(1);
    await sink.close();
  });

  it('are not repeated when the same entry is delivered again', async () => {
    const aiChat = await ai.openChat();
    await aiChat.ask('Once');
    await ai.sql(`UPDATE subscriptions SET cursor_seq = 0, due_at = now() WHERE chat_id = '${aiChat.chatId}'`);
    await waitFor(
      async () => {
        const rows = await ai.sql<{ due: boolean }>(
          `SELECT due_at IS NULL AS due FROM subscriptions WHERE chat_id = '${aiChat.chatId}'`,
        );
        return rows[0].due;
      },
      { what: 'the redelivery' },
    );
    expect(ai.model.calls).toHaveLength(1);
    expect(await aiChat.waitForReplies(1)).toHaveLength(1);
    expect(await ai.runs(aiChat.chatId)).toHaveLength(1);
  });

  it('reject writes of a worker that has lost its lease', async () => {
    const aiChat = await ai.openChat();
    const source = await aiChat.openEvents();
    ai.model.next(replyWith(words(100), { delayMs: 30 }));
    await aiChat.send('Go on');
    await source.next('message.delta');
    await waitFor(() => ai.sql(`SELECT 1 FROM drafts WHERE chat_id = '${aiChat.chatId}' AND body <> ''`), {
      what: 'the stored draft',
    });
    await ai.sql(`UPDATE ai_runs SET lease_token = 'another', lease_until = now() + interval '300 milliseconds'`);
    await waitFor(() => ai.model.calls[0].abortedAt, { what: 'the end of the connection' });
    const [text] = await aiChat.waitForReplies(1);
    expect(words(100)).toContain(text);
    expect(await ai.waitForRun(aiChat.chatId, 'interrupted')).toMatchObject({ reason: 'worker_lost' });
    expect(await aiChat.waitForReplies(1)).toHaveLength(1);
  });

  it('merge a flood of messages into few replies', async () => {
    const aiChat = await ai.openChat();
    ai.model.behave((call, response) => replyWith('done', { delayMs: 100 })(call, response));
    await Promise.all(Array.from({ length: 20 }, (_, i) => aiChat.send(`flood ${i}`)));
    await waitFor(
      async () => {
        const runs = await ai.runs(aiChat.chatId);
        return runs.length === 20 && runs.every(({ state }: Json) => ['completed', 'cancelled'].includes(state));
      },
      { what: 'the end of all runs' },
    );
    expect((await aiChat.waitForReplies(1)).length).toBeLessThan(5);
    expect(ai.model.calls.length).toBeLessThan(15);
  });

  it('queue five messages in a group and send one notice for the rest', async () => {
    const botId = await ai.createAiBot();
    const alice = await ai.signUp('Alice');
    const group = await openGroup(botId, alice.id);
    ai.model.behave(replyWith('word '.repeat(100), { delayMs: 150 }));
    for (let i = 0; i < 9; i++) await group.ask(alice.id, `question ${i}`);
    const statesOf = async (): Promise<string[]> => (await ai.runs(group.id)).map(({ state }: Json) => state as string);
    const states = await waitFor(async () => ((await statesOf()).length === 9 ? statesOf() : undefined), {
      what: 'nine runs',
    });
    expect(states.filter((state) => state === 'blocked')).toHaveLength(3);
    const caller = ai.withCookie(alice.cookie);
    expect((await caller.post(`/chat/${group.id}/ai/cancel`)).body).toEqual({ stopped: 6 });
    const { body } = await ai.platform.get(`${group.path}?message_ts=${Date.now() + 60_000}&prev_limit=50`);
    const notices = (body.messages as Json[]).filter(({ custom_type }) => custom_type === 'ai_notice');
    expect(notices).toHaveLength(1);
    expect(JSON.parse(notices[0].data as string)).toEqual({
      ai_error_code: 'ai_busy',
      ai_actions: [{ type: 'regenerate', run_id: expect.any(String) }],
    });
    await waitFor(() => ai.model.calls[0].abortedAt, { what: 'the end of the connection' });
    // Regenerating replaces the notice by the reply.
    ai.model.behave(echo);
    const [{ run_id }] = JSON.parse(notices[0].data as string).ai_actions as Json[];
    expect((await caller.post(`/chat/${group.id}/ai/regenerate?draftId=${run_id}`)).status).toBe(202);
    const isAnswer = `num = ${notices[0].message_id} AND custom_type = '' AND body LIKE 'You said: %'`;
    const answered = async () => (await ai.sql(`SELECT 1 FROM messages WHERE ${isAnswer}`)).length > 0;
    await waitFor(answered, { what: 'the reply' });
  });

  it.each([
    ['is disabled', 'bot_disabled', (botId: string) => ai.admin.post(`/bot/${botId}/disable`)],
    [
      'loses its AI settings',
      'ai_turned_off',
      (botId: string) => ai.platform.put(`/bots/${botId}`, { ai: null, bot_callback_url: 'https://127.0.0.1/hook' }),
    ],
  ])('stop within a second when their bot %s, and keep the visible text', async (_what, reason, stop) => {
    const aiChat = await ai.openChat();
    await requestStory(aiChat);
    const stoppedAt = Date.now();
    expect((await stop(aiChat.botId)).status).toBe(200);
    expect((await waitFor(() => ai.model.calls[0].abortedAt, { what: 'the end' })) - stoppedAt).toBeLessThan(1000);
    expect(await ai.waitForRun(aiChat.chatId, 'interrupted')).toMatchObject({ reason });
    const [text] = await aiChat.waitForReplies(1);
    expect(words(300).startsWith(text)).toBe(true);
    await aiChat.send('Go on');
    await ai.waitForIdle(aiChat.chatId);
    expect(await aiChat.waitForReplies(1)).toHaveLength(1);
    expect(ai.model.calls).toHaveLength(1);
  });

  it('stop when the chat is handed over to a human, until it is handed back', async () => {
    const aiChat = await ai.openChat();
    const source = await aiChat.openEvents();
    await requestStory(aiChat);
    const path = `/chat/${aiChat.chatId}/ai/control`;
    expect(await ai.admin.put(path, {})).toMatchObject({ status: 200, body: { chatId: aiChat.chatId } });
    const { data } = await source.next('message.completed');
    expect(data).toMatchObject({ end: 'interrupted', messageId: expect.stringMatching(/./) });
    const [text] = await aiChat.waitForReplies(1);
    const seen = source.ofType('message.delta').length;
    await aiChat.send('Is anybody there?');
    expect(await ai.waitForRun(aiChat.chatId, 'blocked')).toMatchObject({ reason: 'human_in_control' });
    expect(await aiChat.waitForReplies(1)).toEqual([text]);
    expect(source.ofType('message.delta')).toHaveLength(seen);
    expect((await ai.admin.put(path, { minutes: 0 })).status).toBe(400);
    expect((await ai.admin.put('/chat/nothing/ai/control', {})).status).toBe(404);
    expect((await ai.admin.delete(path)).status).toBe(200);
    expect((await aiChat.ask('And now?', 2))[1]).toBe('You said: And now?');
    expect(ai.model.calls).toHaveLength(2);
  });

  it('stop when their bot is removed from the chat, and keep the visible text', async () => {
    const botId = await ai.createAiBot();
    const alice = await ai.signUp('Alice');
    const group = await openGroup(botId, alice.id);
    const source = await EventSource.open(`${ai.url}/v1/client-api/events`, { cookie: alice.cookie });
    await beginStory(source, () => group.ask(alice.id, 'Write a story'));
    source.close();
    await ai.platform.put(`/group_channels/${group.id}/leave`, { user_ids: [botId] });
    expect(await ai.waitForRun(group.id, 'interrupted')).toMatchObject({ reason: 'bot_left' });
    expect(words(300).startsWith((await group.answers(1))[0])).toBe(true);
  });

  it('end with the visible text when their bot is deleted', async () => {
    const botId = await ai.createAiBot();
    const alice = await ai.signUp('Alice');
    const group = await openGroup(botId, alice.id);
    const source = await EventSource.open(`${ai.url}/v1/client-api/events`, { cookie: alice.cookie });
    await beginStory(source, () => group.ask(alice.id, 'Write a story'));
    expect((await ai.platform.delete(`/bots/${botId}`)).status).toBe(200);
    const { data } = await source.next('message.completed');
    expect(data).toMatchObject({ end: 'interrupted' });
    await waitFor(() => ai.model.calls[0].abortedAt, { what: 'the end of the connection' });
    const kept = await ai.sql<Json>(`SELECT id, body, extras FROM messages WHERE sender_id = '${botId}'`);
    expect(kept).toMatchObject([{ id: data.messageId, extras: { answer: { state: 'interrupted' } } }]);
    expect(words(300).startsWith(kept[0].body as string)).toBe(true);
    source.close();
  });

  it('run in parallel or are dropped as the bot is configured', async () => {
    let release: () => void = () => undefined;
    const slowly: ModelBehaviour = async (call, response) => {
      await new Promise<void>((resolve) => (release = resolve));
      return echo(call, response);
    };
    const aiChat = await ai.openChat();
    await ai.admin.put(`/bot/${aiChat.botId}/ai`, { concurrency: 'parallel' });
    ai.model.next(slowly, echo, slowly);
    await aiChat.send('one');
    await ai.waitForCalls(1);
    expect(await aiChat.ask('two')).toEqual(['You said: two']);
    release();
    expect(await aiChat.waitForReplies(2)).toEqual(['You said: two', 'You said: one']);
    await ai.admin.put(`/bot/${aiChat.botId}/ai`, { concurrency: 'drop' });
    await aiChat.send('three');
    await ai.waitForCalls(3);
    await aiChat.send('too much');
    expect(await ai.waitForRun(aiChat.chatId, 'blocked')).toMatchObject({ reason: 'dropped' });
    release();
    expect((await aiChat.waitForReplies(3))[2]).toBe('You said: three');
    expect(ai.model.calls).toHaveLength(3);
  });

  it('wait for further messages if debounceMs is set', async () => {
    const aiChat = await ai.openChat();
    await ai.admin.put(`/bot/${aiChat.botId}/ai`, { debounceMs: 400, concurrency: 'queue' });
    await aiChat.send('Here is a poem.');
    await aiChat.ask('Summarise it.');
    expect(ai.model.calls).toHaveLength(1);
    expect(ai.promptOf(0)).toEqual(['user: Here is a poem.', 'user: Summarise it.']);
    expect(await ai.waitForRun(aiChat.chatId, 'cancelled')).toMatchObject({ reason: 'merged' });
  });

  it('wait for a slot with a typing indicator, and alternate between chats', async () => {
    const botId = await ai.createAiBot();
    await ai.admin.put(`/bot/${botId}/ai`, { concurrency: 'queue' });
    const [eager, patient] = [await ai.openChatWith(botId), await ai.openChatWith(botId)];
    const source = await patient.openEvents();
    ai.settings.AI_BOT_CONCURRENCY = 1;
    ai.model.next(replyWith('a long answer', { delayMs: 150 }));
    for (const question of ['eager 1', 'eager 2']) await eager.send(question);
    await ai.waitForCalls(1);
    await patient.send('patient 1');
    await source.next('typing');
    expect(ai.model.calls).toHaveLength(1);
    await eager.waitForReplies(2);
    ai.settings.AI_BOT_CONCURRENCY = 4;
    const asked = ai.model.calls.map((_, index) => ai.promptOf(index).at(-1));
    expect(asked).toEqual(['user: eager 1', 'user: patient 1', 'user: eager 2']);
  });

  it('never exceed the concurrency limit of a key, also with concurrent claims', async () => {
    const runs = ai.app.get(AiRunsRepository, { strict: false });
    const claims = ai.app.get(RunClaimsRepository, { strict: false });
    const botId = await ai.createAiBot();
    const aiChats = await Promise.all(Array.from({ length: 8 }, () => ai.openChatWith(botId)));
    for (const { chatId, person } of aiChats) {
      const run = { id: newId(), botId, chatId, userId: person.id, triggerId: newId(), triggerSeq: 1, attempt: 1 };
      await runs.insert({ ...run, orderingKey: '', state: 'queued', reason: '', delayMs: 0 });
    }
    const claim = ({ chatId }: AiChat) =>
      claims.claim({ botId, chatId }, 'a key of its own', 'worker', 60_000, { perKey: 3, perBot: 100 });
    const claimed = await Promise.all(aiChats.map(claim));
    expect(claimed.filter((run) => run === 'no_slot')).toHaveLength(5);
    await ai.sql(`DELETE FROM ai_runs WHERE bot_id = '${botId}'`);
  });
});
