import pg from 'pg';
import { ConnectorMethods } from '../../../src/protocols/connector/connector-methods.js';
import type { Person } from '../../support/client-api.js';
import { type ConnectorClient, ConnectorRequestError } from '../../support/connector-client.js';
import { waitFor } from '../../support/wait-for.js';
import { type ConnectorApp, type ConnectorBot, startConnectorApp } from './connector-app.js';
import { EVENTS, COVERED, RESPONSES, StrictReader } from './strict-reader.js';

const namesOf = ({ mock }: jest.SpyInstance): string[] =>
  mock.calls.map(([first]: unknown[]) => (first as { name?: string }).name ?? '');

/** All received payloads are checked against the strictest client version. */
describe('a socket bot', () => {
  const reader = new StrictReader();
  let app: ConnectorApp;
  let bot: ConnectorBot;
  let alice: Person;
  let bob: Person;
  /** The chat of the bot and Alice. */
  let chatId: string;
  let client: ConnectorClient;
  /** Another session of the same bot. */
  let other: ConnectorClient;

  const text = (content: string, parseMode = 'text') => ({ text: content, parseMode });
  const send = (content: object = text('hi'), extra: object = {}) =>
    client.call('sendMessage', { chatId, replyMessageId: null, content, ...extra });
  const refusal = async (method: string, payload: object): Promise<number> => {
    const answer = await client.request(method, payload);
    return answer?.errorCode ?? 0;
  };
  const quiet = async () => {
    // Pending events precede this one.
    await app.api.sendMessage(alice, chatId, 'quiet?');
    await client.next('sendMessage', ({ content }) => content.text === 'quiet?');
    await other.next('sendMessage', ({ content }) => content.text === 'quiet?');
  };

  beforeAll(async () => {
    app = await startConnectorApp();
    bot = await app.createBot('Echo');
    [alice, bob] = [await app.api.logIn('Alice'), await app.api.logIn('Bob')];
    client = await app.open(bot, { reader });
    other = await app.open(bot, { reader, receiveSystemMessageEnvelopes: true });
  });
  afterEach(() => expect([...client.readErrors, ...other.readErrors]).toEqual([]));
  afterAll(() => app.close());

  describe('with a user of the Client API', () => {
    it('receives an opened chat and then its messages', async () => {
      chatId = await app.api.createChat(alice, bot.id);
      expect(await client.next('createP2PChat')).toMatchObject({
        chatId,
        title: 'Alice',
        chatType: 1,
        unreadMessages: 0,
        lastMessage: { type: 110, content: { userId: app.userId(alice), role: 'owner' } },
      });
      const sent = await app.api.sendMessage(alice, chatId, 'hello');
      const envelope = {
        messageId: sent.id,
        chatId,
        timestamp: sent.timestamp,
        replyMessageId: null,
        isEdited: false,
        type: 200,
        author: { id: app.userId(alice), type: 1 },
        box: { id: expect.any(Number), position: '0' },
        content: text('hello'),
        chat: { chatId, chatTitle: 'Alice', chatType: 1 },
      };
      expect(await client.next('sendMessage')).toEqual(envelope);
      expect(await other.next('sendMessage')).toEqual(envelope);
    });

    it('sends a message to the user and its other sessions, not to the sending session', async () => {
      const { messageId, timestamp } = await send(text('Hi!'));
      expect(await other.next('sendMessage', (payload) => payload.messageId === messageId)).toMatchObject({
        timestamp,
        author: { id: bot.userId, type: 1 },
        content: text('Hi!'),
      });
      expect((await app.api.listMessages(alice, chatId)).at(-1)).toMatchObject({ id: messageId, body: 'Hi!' });
      await quiet();
      expect(client.payloadsOf('sendMessage').map((payload) => payload.messageId)).not.toContain(messageId);
    });

    it('finds the same chat with or without domain or resource', async () => {
      for (const userId of [alice.id, app.userId(alice), `${app.userId(alice)}/phone`]) {
        expect(await client.call('createP2PChat', { userId })).toEqual({ chatId });
      }
      expect(await refusal('createP2PChat', { userId: 'missing' })).toBe(305);
      expect(await refusal('createP2PChat', { userId: bot.userId })).toBe(399);
    });

    it('opens a chat that the user finds in the Client API', async () => {
      const { chatId: newId } = await client.call('createP2PChat', { userId: bob.id });
      expect(await other.next('createP2PChat')).toMatchObject({ chatId: newId, title: 'Bob' });
      await client.call('sendMessage', { chatId: newId, content: text('Hello Bob') });
      expect((await app.api.listMessages(bob, newId)).map(({ body }) => body)).toEqual(['Hello Bob']);
      expect(await client.call('getUserDisplayName', { userId: bob.id })).toEqual({ displayName: 'Bob' });
      expect(await refusal('getUserDisplayName', { userId: 'missing' })).toBe(305);
    });

    it('sends a typing indicator', async () => {
      const activity = { chatId, activityType: 'typing' };
      expect(await client.call('sendChatActivity', activity)).toEqual({ ...activity, retryAfter: 5000 });
      expect(await refusal('sendChatActivity', { ...activity, activityType: 'dancing' })).toBe(399);
      expect(await refusal('sendChatActivity', { ...activity, chatId: 'none' })).toBe(304);
    });

    it('replies to a message', async () => {
      const { id } = await app.api.sendMessage(alice, chatId, 'a question');
      const { messageId } = await send(text('an answer'), { replyMessageId: id });
      const { messageId: last } = await send(text('and more'), { replyMessageId: messageId });
      const question = await client.call('getMessageById', { messageId: id });
      const answer = await client.call('getMessageById', { messageId });
      expect(answer).toMatchObject({ replyMessageId: id, replyMessage: question });
      const { replyMessage, ...bare } = answer;
      expect(replyMessage).toEqual(question);
      const more = await other.next('sendMessage', (payload) => payload.messageId === last);
      expect(more).toMatchObject({ replyMessageId: messageId, replyMessage: bare });
      expect((await client.call('getChatHistory', { chatId, count: 2 })).messages).toEqual([more, answer]);
      await client.call('removeMessage', { messageId: id, forAll: false });
      expect(await client.call('getMessageById', { messageId })).toEqual(bare);
      expect(await refusal('sendMessage', { chatId, replyMessageId: 'none', content: text('x') })).toBe(306);
    });

    it.each([
      [
        'html',
        '<b>bold</b> <script>alert(1)</script><a href="javascript:x">l</a><a href="https://a.b" onclick="x">m</a><br>2 &lt; 3',
        '<b>bold</b> <a>l</a><a href="https://a.b">m</a><br />2 &lt; 3',
        'bold lm\n2 < 3',
      ],
      [
        'markdown',
        '**b** [x](javascript:alert) [y](https://a.b) <img src=x onerror=y> 2 < 3',
        '**b** x [y](https://a.b) &lt;img src=x onerror=y> 2 < 3',
        '**b** x [y](https://a.b) &lt;img src=x onerror=y> 2 < 3',
      ],
      ['text', '<b>as it is</b> **too**', '<b>as it is</b> **too**', '<b>as it is</b> **too**'],
    ])('writes %s, which is made safe, kept, and readable for all', async (mode, written, kept, body) => {
      const { messageId } = await send(text(written, mode));
      expect(await client.call('getMessageById', { messageId })).toMatchObject({ content: text(kept, mode) });
      expect((await app.api.listMessages(alice, chatId)).at(-1)!.body).toBe(body);
    });

    it('edits its message and receives edits of users', async () => {
      const { messageId } = await send();
      const { timestamp } = await client.call('editMessage', { messageId, content: text('<i>better</i>', 'html') });
      expect(await other.next('editMessage')).toEqual({
        timestamp,
        chatId,
        messageId,
        content: text('<i>better</i>', 'html'),
      });
      expect(await client.call('getMessageById', { messageId })).toMatchObject({ isEdited: true });
      expect((await app.api.listMessages(alice, chatId)).at(-1)!.body).toBe('better');

      const { id } = await app.api.sendMessage(alice, chatId, 'not mine');
      expect(await refusal('editMessage', { messageId: id, content: text('x') })).toBe(303);
      expect(await refusal('editMessage', { messageId: 'none', content: text('x') })).toBe(306);
    });

    it('removes its messages for all and those of others for itself only', async () => {
      const { messageId } = await send();
      await client.call('removeMessage', { messageId, forAll: true });
      expect(await other.next('removeMessage')).toEqual({ chatId, messageId, removedBy: { id: bot.userId, type: 1 } });
      expect(await refusal('getMessageById', { messageId })).toBe(306);

      const { id } = await app.api.sendMessage(alice, chatId, 'stays for Alice');
      expect(await refusal('removeMessage', { messageId: id, forAll: true })).toBe(303);
      await client.call('removeMessage', { messageId: id, forAll: false });
      expect(await other.next('removeMessage')).toMatchObject({ messageId: id });
      expect(await refusal('getMessageById', { messageId: id })).toBe(306);
      const { messages } = await client.call('getChatHistory', { chatId, count: 5 });
      expect(messages.map((row: { messageId: string }) => row.messageId)).not.toContain(id);
      expect((await app.api.listMessages(alice, chatId)).at(-1)!.id).toBe(id);
    });

    it('forwards a forwarded message as the original', async () => {
      const { id, timestamp } = await app.api.sendMessage(alice, chatId, 'the original');
      const first = await client.call('forwardMessage', { messageId: id, chatId });
      const second = await client.call('forwardMessage', { messageId: first.messageId, chatId });
      for (const { messageId } of [first, second]) {
        expect(await client.call('getMessageById', { messageId })).toMatchObject({
          type: 201,
          author: { id: bot.userId },
          content: {
            messageId: id,
            timestamp,
            type: 200,
            author: { id: app.userId(alice) },
            content: text('the original'),
          },
        });
      }
      expect(await refusal('editMessage', { messageId: first.messageId, content: text('forged') })).toBe(303);
      const edit = {
        method: 'PUT',
        headers: { authorization: bot.key },
        body: new URLSearchParams({ body: 'forged' }),
      };
      const response = await fetch(`${app.url}/v1/bot-api/chat/message/${first.messageId}`, edit);
      expect(response.status).toBe(403);
      expect(await refusal('forwardMessage', { messageId: 'none', chatId })).toBe(306);
      expect(await refusal('forwardMessage', { messageId: id, chatId: 'none' })).toBe(304);
    });

    it('reads the history in pages, newest first, down to the initial envelope', async () => {
      const all = await client.call('getChatHistory', { chatId, count: 400, fromMessageId: null });
      expect(all).toMatchObject({ chatId, count: all.messages.length });
      const times = all.messages.map((row: { timestamp: number }) => row.timestamp);
      expect(times).toEqual(times.toSorted((a: number, b: number) => b - a));
      const paged: string[] = [];
      let fromMessageId: string | null = null;
      do {
        const page: { messages: { messageId: string }[] } = await client.call('getChatHistory', {
          chatId,
          count: 7,
          fromMessageId,
        });
        fromMessageId = page.messages.at(-1)?.messageId ?? null;
        paged.push(...page.messages.map(({ messageId }) => messageId));
      } while (fromMessageId !== null);
      expect(paged).toEqual(all.messages.map((row: { messageId: string }) => row.messageId));
      const initial = all.messages.at(-1);
      expect(initial).toMatchObject({ type: 110, content: { role: 'owner' } });
      expect(await client.call('getMessageById', { messageId: initial.messageId })).toEqual(initial);
      expect(await refusal('getChatHistory', { chatId, count: 0 })).toBe(399);
      expect(await refusal('getChatHistory', { chatId: 'none', count: 1 })).toBe(304);
    });

    it('counts unacknowledged messages as unread and marks acknowledged ones as read', async () => {
      const cards = async () => {
        const chats = (await client.call('getChats', { count: 100, page: 1 })) as {
          chatId: string;
          unreadMessages: number;
        }[];
        return chats.find((chat) => chat.chatId === chatId)!.unreadMessages;
      };
      client.acknowledges = other.acknowledges = false;
      await app.api.sendMessage(alice, chatId, 'unread');
      await client.next('sendMessage', ({ content }) => content.text === 'unread');
      expect(await cards()).toBe(1);
      client.acknowledges = other.acknowledges = true;
      client.acknowledge(client.events.at(-1)!.id);
      await waitFor(async () => (await cards()) === 0, { what: 'the read message' });
      const [{ read_seq }] = await app.sql<{ read_seq: string }>(
        `SELECT read_seq FROM members WHERE chat_id = '${chatId}' AND user_id = '${bot.id}'`,
      );
      expect(Number(read_seq)).toBe((await client.call('getChatHistory', { chatId, count: 1 })).messages[0].box.id);
    });
  });

  it('receives a message with three statements in addition to those of the subscription', async () => {
    const idle = () =>
      waitFor(
        async () =>
          (await app.sql(`SELECT 1 FROM subscriptions WHERE chat_id = '${chatId}' AND due_at IS NOT NULL`)).length ===
          0,
        { what: 'the subscription to be idle' },
      );
    await quiet();
    await idle();
    const query = jest.spyOn(pg.Client.prototype, 'query');
    await quiet();
    await idle();
    const names = namesOf(query);
    query.mockRestore();
    const sum = (name: string) => names.filter((other) => other === name).length;
    expect(names.filter((name) => /^(sockets|missed_messages|retries)\./.test(name))).toEqual([
      'sockets.sessions_of',
      'missed_messages.delete',
    ]);
    expect(['members.mark_read', 'messages.logs', 'chat_log.events', 'users.find_many'].map(sum)).toEqual([1, 1, 1, 1]);
  });

  it('rejects invalid requests', async () => {
    expect(await refusal('noSuchMethod', {})).toBe(307);
    expect(await refusal('sendMessage', { chatId })).toBe(399);
    expect(await refusal('sendMessage', { chatId, content: text('') })).toBe(399);
    expect(await refusal('sendMessage', { chatId, content: text('x', 'bbcode') })).toBe(399);
    expect(await refusal('sendMessage', { chatId, content: text('x'.repeat(4097)) })).toBe(399);
    expect(await refusal('sendMessage', { chatId, content: text('a\0b') })).toBe(399);
    expect(await refusal('sendMessage', { chatId: 'none', content: text('x') })).toBe(304);
    expect(await refusal('getChats', { count: -1 })).toBe(399);
    expect(await client.request('getChats', [])).toMatchObject({ errorCode: 399 });
    await expect(client.call('getChatByID', {})).rejects.toThrow(ConnectorRequestError);
  });

  it('fits long texts and many chats into one frame', async () => {
    const { chatId: long } = await client.call('createFavoritesChat');
    const content = text(`${'<a href="https://a.b/">é</a>'.repeat(150)}`, 'html');
    await client.call('sendMessage', { chatId: long, content });
    await app.sql(`INSERT INTO messages (id, chat_id, seq, sender_id, kind, body, created_at)
      SELECT 'long-' || n, '${long}', 1000 + n, '${bot.id}', 'text', repeat('ж', 4000), now() + n * interval '1 millisecond'
      FROM generate_series(1, 300) n`);
    const seen = new Set<string>();
    for (let fromMessageId: string | undefined, pages = 0; seen.size < 300; pages++) {
      expect(pages).toBeLessThan(5);
      const { count, messages } = await client.call('getChatHistory', { chatId: long, count: 300, fromMessageId });
      expect(count).toBe(messages.length);
      for (const { messageId } of messages) seen.add((fromMessageId = messageId as string));
    }
    const sizes = client.frames.map((frame) => Buffer.byteLength(JSON.stringify(frame)));
    expect(Math.max(...sizes)).toBeLessThan(1_048_576);
    const card = await client.call('getChatByID', { chatId: long });
    expect(card.lastMessage.content.text.length).toBeLessThan(1100);
  });

  it('covers all message methods and events of the contract', () => {
    expect([...reader.responses]).toEqual(expect.arrayContaining(COVERED.messages.responses));
    expect([...reader.events]).toEqual(expect.arrayContaining(COVERED.messages.events));
    const played = (kind: 'responses' | 'events') => Object.values(COVERED).flatMap((part) => part[kind]);
    expect(new Set(played('responses'))).toEqual(new Set(Object.keys(RESPONSES)));
    expect(new Set(played('events'))).toEqual(new Set(Object.keys(EVENTS)));
    expect(new Set([...app.app.get(ConnectorMethods).names, 'auth'])).toEqual(new Set(Object.keys(RESPONSES)));
  });
});
