import { PubSub } from '../../../src/core/pubsub/pubsub.js';
import { SYSTEM_ACTOR } from '../../../src/modules/auth/index.js';
import { SessionEventSender } from '../../../src/modules/connector/api/connector/events/session-event-sender.js';
import { MissedMessagesRepository } from '../../../src/modules/connector/missed-messages.repository.js';
import { MessageEditor } from '../../../src/modules/messages/index.js';
import type { Person } from '../../support/client-api.js';
import { ConnectorClient } from '../../support/connector-client.js';
import { runSql } from '../../support/databases.js';
import { waitFor } from '../../support/wait-for.js';
import { type ConnectorApp, type ConnectorBot, startConnectorApp } from './connector-app.js';

/** Messages without an open session or without an acknowledgement. */
describe('messages to a socket bot', () => {
  let app: ConnectorApp;
  let second: ConnectorApp;
  let alice: Person;
  let count = 0;

  beforeAll(async () => {
    const limits = { CONNECTOR_ACK_TIMEOUT_MS: 300, CONNECTOR_ACK_LIMIT_MS: 1500, CONNECTOR_PING_MS: 400 };
    app = await startConnectorApp(limits);
    alice = await app.api.logIn('Alice');
    const { DATABASE_URL } = app.settings;
    second = await startConnectorApp({
      CONNECTOR_ACK_TIMEOUT_MS: 300,
      CONNECTOR_ACK_LIMIT_MS: 1500,
      ROLES: ['api'],
      DATABASE_URL,
    });
  });
  afterAll(async () => {
    await second.close();
    await app.close();
  });

  const newBot = async (): Promise<{ bot: ConnectorBot; chatId: string }> => {
    const bot = await app.createBot(`Bot ${++count}`);
    return { bot, chatId: await app.api.createChat(alice, bot.id) };
  };
  const say = (chatId: string, body: string) => app.api.sendMessage(alice, chatId, body);
  const texts = (client: ConnectorClient) =>
    client.payloadsOf('sendMessage').map((sent) => sent.content.text as string);
  const missed = async (bot: ConnectorBot) =>
    (
      await runSql<{ body: string }>(
        app.settings.databaseUrl,
        `SELECT m.body FROM missed_messages missed JOIN messages m ON m.id = missed.message_id
         JOIN bot_endpoints e ON e.id = missed.endpoint_id WHERE e.bot_id = '${bot.id}' ORDER BY sent_at, m.seq`,
      )
    ).map(({ body }) => body);
  const untilMissed = (bot: ConnectorBot, bodies: string[]) =>
    waitFor(async () => JSON.stringify(await missed(bot)) === JSON.stringify(bodies), {
      what: `${bodies.join()} to be missed`,
    });

  it('are replayed once to a session with receiveUnread, oldest first over all chats', async () => {
    const { bot, chatId } = await newBot();
    const chat2 = await app.api.createChat(alice, bot.id);
    for (const [chat, body] of [
      [chatId, 'a'],
      [chat2, 'b'],
      [chatId, 'c'],
    ])
      await say(chat, body);
    await untilMissed(bot, ['a', 'b', 'c']);
    const client = await app.open(bot, { receiveUnread: true });
    await say(chatId, 'd');
    await client.next('sendMessage', ({ content }) => content.text === 'd');
    expect(texts(client)).toEqual(['a', 'b', 'c', 'd']);
    await untilMissed(bot, []);
    await client.close();
    const again = await app.open(bot, { receiveUnread: true });
    await say(chatId, 'e');
    await again.next('sendMessage');
    expect(texts(again)).toEqual(['e']);
  });

  it('stay unread until a session with receiveUnread opens', async () => {
    const { bot, chatId } = await newBot();
    await say(chatId, 'a');
    await untilMissed(bot, ['a']);
    const client = await app.open(bot);
    await say(chatId, 'b');
    await client.next('sendMessage');
    expect(texts(client)).toEqual(['b']);
    const unread = async () => (await client.call('getChatByID', { chatId })).unreadMessages as number;
    await waitFor(async () => (await unread()) === 1, { what: 'the acknowledged message to be read' });
    const reader = await app.open(bot, { receiveUnread: true });
    await reader.next('sendMessage');
    expect(texts(reader)).toEqual(['a']);
    expect(texts(client)).toEqual(['b']);
    await waitFor(async () => (await unread()) === 0, { what: 'no unread message' });
  });

  it('are acknowledged by their own id only', async () => {
    const { bot, chatId } = await newBot();
    const unresponsive = await app.open(bot, { acknowledges: false });
    await say(chatId, 'a');
    await unresponsive.next('sendMessage');
    const { id } = unresponsive.events.at(-1)!;
    for (const other of [id + 1, id + 1000, id - 1, 0, -1, 4_294_967_296, 1.5, `${id}`, null])
      unresponsive.sendText(JSON.stringify({ type: 2, id: other }));
    const unread = async () => (await unresponsive.call('getChatByID', { chatId })).unreadMessages as number;
    expect(await unread()).toBe(1);
    const hasAcknowledged = async () => {
      unresponsive.acknowledge(unresponsive.events.at(-1)!.id); // a new id if it was sent again
      return (await unread()) === 0;
    };
    await waitFor(hasAcknowledged, { what: 'the message to be read' });
    await unresponsive.close();
  });

  /** Waits until the subscription waits for an acknowledgement without a worker. */
  const untilWaiting = async (chatId: string) => {
    const isWaiting = `lease_token IS NULL AND due_at > now() AND head_attempts = 0`;
    const waiting = () => app.sql(`SELECT 1 FROM subscriptions WHERE chat_id = '${chatId}' AND ${isWaiting}`);
    await waitFor(async () => (await waiting()).length > 0, { what: 'the subscription to wait without a worker' });
  };

  it('are sent once, in order, to a session that does not acknowledge them and to a later session', async () => {
    Object.assign(app.settings, { CONNECTOR_ACK_LIMIT_MS: 60_000 });
    const { bot, chatId } = await newBot();
    const unresponsive = await app.open(bot, { acknowledges: false });
    await say(chatId, 'a');
    await say(chatId, 'b');
    await unresponsive.next('sendMessage');
    await untilWaiting(chatId);
    const other = await second.open(bot);
    await other.next('sendMessage', ({ content }) => content.text === 'b');
    expect(texts(other)).toEqual(['a', 'b']);
    await waitFor(() => texts(unresponsive).length >= 2, { what: 'the second message' });
    expect(texts(unresponsive)).toEqual(['a', 'b']);
    unresponsive.socket.terminate();
    Object.assign(app.settings, { CONNECTOR_ACK_LIMIT_MS: 1500 });
  });

  it.each(['this process', 'another process'])(
    'are sent once to a session of %s that acknowledges late, and are delivered',
    async (where) => {
      const holder = where === 'this process' ? app : second;
      Object.assign(holder.settings, { CONNECTOR_ACK_LIMIT_MS: 60_000 });
      const { bot, chatId } = await newBot();
      const slow = await holder.open(bot, { acknowledges: false });
      await say(chatId, 'a');
      await say(chatId, 'b');
      await slow.next('sendMessage');
      const { id } = slow.events.at(-1)!;
      const deliver = jest.spyOn(holder.app.get(SessionEventSender, { strict: false }), 'deliver');
      // The entry is delivered again several times after the first worker stopped waiting.
      await waitFor(() => deliver.mock.calls.length >= 2, { what: 'two redeliveries', timeoutMs: 15_000 });
      deliver.mockRestore();
      await untilWaiting(chatId);
      slow.acknowledges = true;
      slow.acknowledge(id);
      await slow.next('sendMessage', ({ content }) => content.text === 'b');
      expect(texts(slow)).toEqual(['a', 'b']);
      await untilMissed(bot, []);
      const outcomes = () =>
        app.sql<{ status: string }>(
          `SELECT status FROM deliveries WHERE chat_id = '${chatId}' ORDER BY seq DESC LIMIT 2`,
        );
      await waitFor(async () => (await outcomes()).every(({ status }) => status === 'delivered'), {
        what: 'both messages to be delivered',
      });
      await slow.close();
      Object.assign(holder.settings, { CONNECTOR_ACK_LIMIT_MS: 1500 });
    },
  );

  it('go to another session once the session that did not acknowledge them closes', async () => {
    Object.assign(app.settings, { CONNECTOR_ACK_LIMIT_MS: 60_000 });
    const { bot, chatId } = await newBot();
    const unresponsive = await app.open(bot, { acknowledges: false });
    await say(chatId, 'a');
    await unresponsive.next('sendMessage');
    await untilWaiting(chatId);
    unresponsive.socket.terminate();
    await untilMissed(bot, ['a']);
    const reader = await app.open(bot, { receiveUnread: true });
    await reader.next('sendMessage');
    expect(texts(reader)).toEqual(['a']);
    await untilMissed(bot, []);
    Object.assign(app.settings, { CONNECTOR_ACK_LIMIT_MS: 1500 });
  });

  it('that were missed are replayed once to a session that acknowledges late', async () => {
    Object.assign(app.settings, { CONNECTOR_ACK_LIMIT_MS: 60_000 });
    const { bot, chatId } = await newBot();
    await say(chatId, 'a');
    await untilMissed(bot, ['a']);
    const sendMissed = jest.spyOn(app.app.get(SessionEventSender, { strict: false }), 'sendMissed');
    const slow = await ConnectorClient.open(app.url, bot.token, { receiveUnread: true, acknowledges: false });
    await slow.next('sendMessage');
    await waitFor(() => sendMissed.mock.calls.length >= 3, { what: 'two more replays' });
    sendMissed.mockRestore();
    expect(texts(slow)).toEqual(['a']);
    slow.acknowledge(slow.events.at(-1)!.id);
    await untilMissed(bot, []);
    await slow.close();
    Object.assign(app.settings, { CONNECTOR_ACK_LIMIT_MS: 1500 });
  });

  it('are recorded as missed for an unresponsive session, and the chat proceeds', async () => {
    const { bot, chatId } = await newBot();
    const unresponsive = await app.open(bot, { acknowledges: false });
    await say(chatId, 'a');
    await untilMissed(bot, ['a']);
    unresponsive.acknowledges = true;
    await say(chatId, 'b');
    await unresponsive.next('sendMessage', ({ content }) => content.text === 'b');
    const rows = await app.sql<{ reason: string }>(
      `SELECT reason FROM deliveries WHERE chat_id = '${chatId}' AND status = 'skipped' ORDER BY seq`,
    );
    expect(rows.map(({ reason }) => reason)).toEqual(['not_acknowledged']);
  });

  it('that are edited or removed before the replay are sent in their current form or not at all', async () => {
    const group = await app.createBot('Group bot');
    const { channel_url: chatId } = await app.platform('POST', '/group_channels', {
      name: 'g',
      user_ids: [alice.id, group.id],
    });
    const send = async (message: string): Promise<number> =>
      (
        await app.platform('POST', `/group_channels/${chatId}/messages`, {
          message_type: 'MESG',
          user_id: alice.id,
          message,
        })
      ).message_id;
    const [edited, removed] = [await send('before'), await send('gone')];
    await untilMissed(group, ['before', 'gone']);
    await app.platform('PUT', `/group_channels/${chatId}/messages/${edited}`, {
      message_type: 'MESG',
      message: 'after',
    });
    await app.platform('DELETE', `/group_channels/${chatId}/messages/${removed}`);
    const client = await app.open(group, { receiveUnread: true });
    await send('last');
    await client.next('sendMessage', ({ content }) => content.text === 'last');
    expect(texts(client)).toEqual(['after', 'last']);
  });

  it('go to at most CONNECTOR_MAX_SESSIONS sessions, counted over all processes', async () => {
    const { bot } = await newBot();
    Object.assign(second.settings, { CONNECTOR_MAX_SESSIONS: 2 });
    const [first] = [await app.open(bot), await app.open(bot)];
    const late = await ConnectorClient.connect(second.url);
    const auth = () => late.request('auth', { token: bot.token });
    expect(await auth()).toMatchObject({ errorCode: 302 });
    await first.close();
    await waitFor(async () => !(await auth()).errorCode, { what: 'a free session slot' });
    late.socket.terminate();
    Object.assign(second.settings, { CONNECTOR_MAX_SESSIONS: 20 });
  });

  it('go to at most CONNECTOR_MAX_SESSIONS sessions under concurrent auth at two processes', async () => {
    const { bot } = await newBot();
    for (const { settings } of [app, second]) Object.assign(settings, { CONNECTOR_MAX_SESSIONS: 5 });
    const clients = await Promise.all(
      Array.from({ length: 16 }, (_, i) => ConnectorClient.connect((i % 2 ? app : second).url)),
    );
    const answers = await Promise.all(clients.map((client) => client.request('auth', { token: bot.token })));
    expect(answers.map(({ errorCode }) => errorCode ?? 0).toSorted()).toEqual([
      ...Array.from({ length: 5 }, () => 0),
      ...Array.from({ length: 11 }, () => 302),
    ]);
    for (const { socket } of clients) socket.terminate();
    await waitFor(
      async () => (await app.sql(`SELECT 1 FROM socket_sessions WHERE bot_id = '${bot.id}'`)).length === 0,
      {
        what: 'all session slots to be free',
      },
    );
    for (const { settings } of [app, second]) Object.assign(settings, { CONNECTOR_MAX_SESSIONS: 20 });
  });

  it('and edits reach sessions of another process when bus messages are lost', async () => {
    const { bot, chatId } = await newBot();
    const there = await second.open(bot);
    const live = app.app.get(PubSub);
    const publish = live.publish.bind(live);
    let lost = 0;
    const lossy = jest.spyOn(live, 'publish').mockImplementation((topic, hint) => {
      if (hint.kind === 'entry' && hint.chatId === chatId && lost++ % 2 === 0) return;
      publish(topic, hint);
    });
    const { id } = await say(chatId, 'a message');
    await there.next('sendMessage', ({ messageId }) => messageId === id);
    await app.app.get(MessageEditor, { strict: false }).edit(SYSTEM_ACTOR, id, { body: 'edited' });
    await there.next('editMessage', ({ messageId }) => messageId === id);
    expect(lost).toBe(4);
    lossy.mockRestore();
    await there.close();
  });

  it('are deleted after DELIVERY_RETENTION_DAYS', async () => {
    const { bot, chatId } = await newBot();
    await say(chatId, 'old');
    await say(chatId, 'new');
    await untilMissed(bot, ['old', 'new']);
    await app.sql(
      `UPDATE missed_messages SET sent_at = sent_at - interval '31 days'
       WHERE message_id = (SELECT id FROM messages WHERE chat_id = '${chatId}' AND body = 'old')`,
    );
    expect(await app.app.get(MissedMessagesRepository, { strict: false }).deleteOld(30)).toBe(1);
    expect(await missed(bot)).toEqual(['new']);
  });

  it('reach the sessions of all processes within 200 ms', async () => {
    const { bot, chatId } = await newBot();
    const [here, there] = [await app.open(bot), await second.open(bot)];
    await say(chatId, 'warm up');
    await there.next('sendMessage');
    const delays: number[] = [];
    for (let i = 0; i < 5; i++) {
      await say(chatId, `m${i}`);
      const sentAt = performance.now();
      await there.next('sendMessage', ({ content }) => content.text === `m${i}`);
      delays.push(performance.now() - sentAt);
      await here.next('sendMessage', ({ content }) => content.text === `m${i}`);
    }
    expect(delays.toSorted((a, b) => a - b)[2]).toBeLessThan(200);
    const { messageId } = await here.call('sendMessage', { chatId, content: { text: 'mine', parseMode: 'text' } });
    await there.next('sendMessage', (payload) => payload.messageId === messageId);
    await here.call('removeMessage', { messageId, forAll: false });
    await there.next('removeMessage', (payload) => payload.messageId === messageId);
  });

  it('survive fast reconnections between two processes without leaks', async () => {
    const { bot, chatId } = await newBot();
    const listeners = () => [app, second].map(({ app: { get } }) => get(PubSub)['handlers'].size);
    const before = listeners();
    const seen = new Set<string>();
    const talking = (async () => {
      for (let i = 0; i < 40; i++) await say(chatId, `m${i}`);
    })();
    for (let i = 0; i < 30; i++) {
      const { url } = i % 2 ? app : second;
      const client = await ConnectorClient.open(url, bot.token, { receiveUnread: true });
      await new Promise((resolve) => setTimeout(resolve, 5));
      client.socket.terminate();
      for (const text of texts(client)) seen.add(text);
    }
    await talking;
    const last = await app.open(bot, { receiveUnread: true });
    await waitFor(
      () => {
        for (const text of texts(last)) seen.add(text);
        return seen.size === 40;
      },
      { what: 'all forty messages', timeoutMs: 8000 },
    );
    await untilMissed(bot, []);
    expect(texts(last)).toEqual(texts(last).toSorted((a, b) => Number(a.slice(1)) - Number(b.slice(1))));
    await waitFor(
      async () => (await app.sql(`SELECT 1 FROM socket_sessions WHERE bot_id = '${bot.id}'`)).length === 1,
      { what: 'only the last session to be registered' },
    );
    await last.close();
    const again = await app.open(bot, { receiveUnread: true });
    await say(chatId, 'the end');
    await again.next('sendMessage');
    expect(texts(again)).toEqual(['the end']);
    await again.close();
    await waitFor(() => JSON.stringify(listeners()) === JSON.stringify(before), {
      what: 'all listeners to be removed',
    });
  });

  it('are recorded as missed for a backpressured client, which is closed with 1013', async () => {
    const { bot, chatId } = await newBot();
    const client = await app.open(bot);
    const { chatId: long } = await client.call('createFavoritesChat');
    await app.sql(`INSERT INTO messages (id, chat_id, seq, sender_id, kind, body, created_at)
      SELECT 'clog-' || n, '${long}', 1000 + n, '${bot.id}', 'text', repeat('x', 4000), now() + n * interval '1 millisecond'
      FROM generate_series(1, 300) n`);
    client.socket.pause();
    for (let id = 1; id <= 30; id++)
      client.sendText(
        JSON.stringify({ type: 1, id: 90_000 + id, method: 'getChatHistory', payload: { chatId: long, count: 300 } }),
      );
    for (let i = 0; i < 3; i++) await say(chatId, `m${i}`);
    // The close frame follows all unread data.
    await waitFor(
      async () => (await app.sql(`SELECT 1 FROM socket_sessions WHERE bot_id = '${bot.id}'`)).length === 0,
      {
        what: 'the session to be closed',
      },
    );
    client.socket.resume();
    expect(await client.waitClosed()).toMatchObject({ code: 1013 });
    const reader = await app.open(bot, { receiveUnread: true });
    await waitFor(() => texts(reader).length === 3, { what: 'all three messages' });
    expect(texts(reader)).toEqual(['m0', 'm1', 'm2']);
    await reader.close();
  });
});
