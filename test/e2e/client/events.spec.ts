import pg from 'pg';
import { knownStatements } from '../../../src/core/database/database.js';
import { ChatFeed, PresenceService } from '../../../src/modules/messages/index.js';
import { EventStreams } from '../../../src/protocols/client/event-streams.js';
import { EventSource } from '../../support/event-source.js';
import { startApp, type RunningApp } from '../../support/app.js';
import { runSql } from '../../support/databases.js';
import { waitFor } from '../../support/wait-for.js';
import {
  clientError,
  type ClientApis,
  type Json,
  startClientApis,
  type TestBot,
  type TestPerson,
} from './client-caller.js';

describe('Client and Bot API: live events', () => {
  let apis: ClientApis;
  let second: RunningApp;
  let alice: TestPerson;
  let bot: TestBot;
  let chatId: string;
  const open: EventSource[] = [];

  const listen = async (url = apis.url, lastEventId?: string, person = alice): Promise<EventSource> => {
    const source = await EventSource.open(`${url}/v1/client-api/events`, { cookie: person.cookie }, lastEventId);
    open.push(source);
    return source;
  };
  const sendText = async (caller: TestPerson | TestBot, body: string, chat = chatId): Promise<Json> =>
    (await caller.post('/chat/message', { chatId: chat, body })).body;

  beforeAll(async () => {
    apis = await startClientApis();
    second = await startApp({ DATABASE_URL: apis.settings.databaseUrl });
  });
  afterAll(async () => {
    await second.close();
    await apis.close();
  });

  beforeEach(async () => {
    alice = await apis.signUp();
    bot = await apis.createBot();
    chatId = (await alice.post('/chat', { botId: bot.id })).body.id;
  });
  afterEach(() => {
    for (const source of open.splice(0)) source.close();
  });

  it('sends messages within 200 ms, also through another process', async () => {
    const source = await listen(second.url);
    const mine = await sendText(alice, 'Hello?');
    await source.next('message.created');
    const answer = await sendText(bot, 'Hi!');
    const { id, data } = await source.next('message.created', ({ data }) => data.actorId === bot.id);
    expect(data).toEqual({
      id,
      type: 'message.created',
      chatId,
      seq: 2,
      timestamp: answer.timestamp,
      actorId: bot.id,
      message: answer,
    });
    expect(source.events[1].data.message).toEqual(mine);
    const delays: number[] = [];
    for (let i = 0; i < 5; i++) {
      const body = `answer ${i}`;
      await sendText(bot, body);
      const saidAt = performance.now();
      await source.next('message.created', ({ data }) => data.message.body === body);
      delays.push(performance.now() - saidAt);
    }
    expect(delays.toSorted((a, b) => a - b)[2]).toBeLessThan(200); // other work on the machine can delay single events
  });

  it('resumes after the last received event, in any process', async () => {
    const first = await listen();
    await sendText(alice, '1');
    await first.next('message.created');
    first.close();
    await sendText(bot, '2');
    await sendText(alice, '3');
    const again = await listen(second.url, first.lastEventId);
    await sendText(bot, '4');
    await waitFor(() => again.bodies.length === 3, { what: 'three messages' });
    expect(again.bodies).toEqual(['2', '3', '4']);
  });

  it('resumes after "ready" if no event was received', async () => {
    const first = await listen();
    first.close();
    await sendText(bot, 'meanwhile');
    const again = await listen(apis.url, first.lastEventId);
    await again.next('message.created');
    expect(again.bodies).toEqual(['meanwhile']);
  });

  it('sends all events when the cursor is 0', async () => {
    for (let i = 0; i < 3; i++) await sendText(i % 2 ? bot : alice, String(i));
    const source = await listen(apis.url, '0');
    await waitFor(() => source.bodies.length === 3, { what: 'three messages' });
    expect(source.bodies).toEqual(['0', '1', '2']);
  });

  it('sends each message of many chats exactly once over several connections', async () => {
    const chats = [chatId];
    for (let i = 0; i < 4; i++) chats.push((await alice.post('/chat', { botId: bot.id })).body.id);
    const total = chats.length * 30;
    const talking = Promise.all(
      chats.map(async (chat, c) => {
        for (let n = 0; n < 30; n++) await sendText(n % 2 ? bot : alice, `${c}:${n}`, chat);
      }),
    );
    const received: string[] = [];
    let last: string | undefined = '0';
    while (received.length < total) {
      const source: EventSource = await listen(received.length % 2 ? second.url : apis.url, last);
      await waitFor(() => source.bodies.length >= 17 || received.length + source.bodies.length >= total, {
        what: 'messages',
      });
      source.close();
      received.push(...source.bodies);
      last = source.lastEventId;
    }
    await talking;
    expect(new Set(received).size).toBe(total);
    expect(received).toHaveLength(total);
    for (const c of chats.keys()) {
      const ofChat = received.filter((body) => body.startsWith(`${c}:`)).map((body) => Number(body.split(':')[1]));
      expect(ofChat).toEqual(ofChat.toSorted((a, b) => a - b));
    }
  });

  describe('with open transactions', () => {
    let other: string;
    let slow: pg.Client;

    beforeEach(async () => {
      other = (await alice.post('/chat', { botId: bot.id })).body.id;
      slow = new pg.Client({ connectionString: apis.settings.databaseUrl, application_name: 'parley' });
      await slow.connect();
      await slow.query('BEGIN');
    });
    afterEach(() => slow.end());

    const LOCK = knownStatements().find(({ name }) => name === 'chat_log.lock')!.text;

    it('holds back entries until a slow transaction ends, then sends all in order', async () => {
      const source = await listen();
      const [{ now }] = (await slow.query<{ now: string }>(LOCK, [[other]])).rows;
      await slow.query(`INSERT INTO messages (id, chat_id, seq, sender_id, kind, body, created_at)
        VALUES ('slow-${other}', '${other}', 1, '${bot.id}', 'text', 'early', to_timestamp(${now} / 1000.0))`);
      await slow.query(`UPDATE chats SET last_seq = 1, last_at = to_timestamp(${now} / 1000.0) WHERE id = '${other}'`);
      await sendText(alice, 'late');
      const { body } = await bot.get('/events?after=0');
      expect(body.events).toEqual([]);
      await slow.query('COMMIT');
      await waitFor(() => source.bodies.length === 2, { what: 'both messages' });
      expect(source.bodies).toEqual(['early', 'late']);
    });

    it('does not wait for a transaction that writes to no log or still waits for its chat', async () => {
      const source = await listen();
      await slow.query('UPDATE users SET nickname = nickname WHERE id = $1', [bot.id]);
      const waiting = new pg.Client({ connectionString: apis.settings.databaseUrl, application_name: 'parley' });
      await waiting.connect();
      await slow.query('SELECT FROM chats WHERE id = $1 FOR UPDATE', [other]);
      const locked = waiting.query(LOCK, [[other]]);
      await sendText(alice, 'at once');
      await source.next('message.created');
      expect(source.bodies).toEqual(['at once']);
      await slow.query('ROLLBACK');
      await locked;
      await waiting.end();
    });
  });

  it('loses no event when the clock of the database steps back', async () => {
    const other = (await alice.post('/chat', { botId: bot.id })).body.id;
    const source = await listen();
    // The state left by a clock that is an hour ahead.
    await runSql(
      apis.settings.databaseUrl,
      `UPDATE chats SET last_at = last_at + interval '1 hour' WHERE id = '${chatId}'`,
    );
    await sendText(alice, 'an hour ahead');
    await source.next('message.created');
    await sendText(alice, 'after the step', other);
    await waitFor(() => source.bodies.length === 2, { what: 'the message after the step' });
    source.close();
    await sendText(bot, 'meanwhile', other);
    const again = await listen(second.url, source.lastEventId);
    await again.next('message.created');
    expect([...source.bodies, ...again.bodies]).toEqual(['an hour ahead', 'after the step', 'meanwhile']);
  });

  it('sends events of chats that are created and deleted during the stream', async () => {
    const source = await listen();
    const { body: chat } = await alice.post('/chat', { botId: bot.id });
    expect((await source.next('chat.opened')).data).toEqual({ type: 'chat.opened', chatId: chat.id });
    await sendText(bot, 'Welcome!', chat.id);
    expect((await source.next('message.created')).data.chatId).toBe(chat.id);
    const removals = await Promise.all([1, 2, 3].map(() => alice.delete(`/chat/${chat.id}`)));
    expect(removals.map(({ status }) => status).toSorted()).toEqual([200, 404, 404]);
    expect((await source.next('chat.closed')).data).toEqual({ type: 'chat.closed', chatId: chat.id });
  });

  it('sends no events of chats of other users', async () => {
    const eve = await apis.signUp('Eve');
    const source = await listen(apis.url, '0', eve);
    await sendText(alice, 'secret');
    const { body: chat } = await eve.post('/chat', { botId: bot.id });
    await sendText(eve, 'mine', chat.id);
    await source.next('message.created');
    expect(source.bodies).toEqual(['mine']);
  });

  it('requires a session, and is neither buffered by proxies nor cached', async () => {
    const { headers } = await listen();
    expect(headers.get('content-type')).toBe('text/event-stream');
    expect(headers.get('cache-control')).toContain('no-store');
    expect(headers.get('x-accel-buffering')).toBe('no');
    expect(
      (await fetch(`${apis.url}/v1/client-api/events`, { method: 'HEAD', headers: { cookie: alice.cookie } })).status,
    ).toBe(200);
    await waitFor(() => apis.app.get(EventStreams, { strict: false })['open'].size === open.length, {
      what: 'the end of the HEAD requests',
    });
    expect(await apis.anonymous.get('/events')).toMatchObject({
      status: 401,
      body: clientError('User is unauthorized.'),
    });
  });

  it.each(['x', 'bm9uc2Vuc2U', '%20', 'x'.repeat(5000), 'WzEsMl0'])('rejects an invalid cursor, %#', async (cursor) => {
    const error = { status: 400, body: clientError(expect.any(String), { code: 'cursor.invalid' }) };
    expect(await alice.get(`/events?after=${cursor}`)).toMatchObject(error);
    expect(await bot.get(`/events?after=${cursor}`)).toMatchObject(error);
  });

  it('allows at most 20 streams per user', async () => {
    for (let i = 0; i < 20; i++) await listen();
    expect(await alice.get('/events')).toMatchObject({ status: 429, body: { code: 'events.too_many' } });
    open[0].close();
    await waitFor(async () => (await listen().catch(() => undefined)) !== undefined, { what: 'a free slot' });
  });

  it('ends its streams when the process stops, and resumes them at another process', async () => {
    const third = await startApp({ DATABASE_URL: apis.settings.databaseUrl });
    const source = await listen(third.url);
    await third.close();
    await waitFor(() => source.isClosed, { what: 'the end of the stream' });
    await sendText(bot, 'still here');
    const again = await listen(apis.url, source.lastEventId);
    await again.next('message.created');
    expect(again.bodies).toEqual(['still here']);
  });

  it('sends a heartbeat when there are no events', async () => {
    const feed = apis.app.get(ChatFeed, { strict: false });
    const signal = new AbortController();
    const following = feed.follow(alice.id, await feed.now(), 20, signal.signal);
    expect((await following.next()).value).toMatchObject({ entries: [], signals: [] });
    await sendText(bot, 'something');
    let batch = (await following.next()).value;
    while (batch && batch.entries.length === 0) batch = (await following.next()).value;
    expect(batch?.entries).toHaveLength(1);
    signal.abort();
    expect((await following.next()).done).toBe(true);
  });

  it('finds changes without a hint also under constant signals', async () => {
    const feed = apis.app.get(ChatFeed, { strict: false });
    const presence = apis.app.get(PresenceService, { strict: false });
    const signal = new AbortController();
    const seen: string[] = [];
    const following = (async () => {
      for await (const { signals } of feed.follow(alice.id, await feed.now(), 100, signal.signal)) {
        seen.push(...signals.map(({ type }) => type));
      }
    })();
    const typing = setInterval(() => void presence.startTyping({ kind: 'bot', id: bot.id, scopes: [] }, chatId), 10);
    try {
      await waitFor(() => seen.includes('typing'), { what: 'the first signal' });
      await runSql(
        apis.settings.databaseUrl,
        `WITH made AS (
           INSERT INTO chats (id, kind, last_at, created_at) VALUES ('unannounced ${alice.id}', 'group', now(), now()) RETURNING id)
         INSERT INTO members (chat_id, user_id, state, joined_at) SELECT id, '${alice.id}', 'joined', now() FROM made`,
      );
      await waitFor(() => seen.includes('chat.opened'), { what: 'the new chat' });
    } finally {
      clearInterval(typing);
      signal.abort();
    }
    await following;
  });

  describe('for bots', () => {
    const poll = async (query: string) => {
      const { status, body } = await bot.get(`/events${query}`);
      expect(status).toBe(200);
      return body as { events: Json[]; cursor: string };
    };
    const bodies = ({ events }: { events: Json[] }) => events.map(({ message }) => message?.body);

    it('polls with a cursor and returns messages of people', async () => {
      const start = await poll('');
      expect(start.events).toEqual([]);
      const question = await sendText(alice, 'question');
      await sendText(bot, 'my own');
      const page = await poll(`?after=${start.cursor}`);
      expect(page.events).toEqual([
        {
          id: expect.any(String),
          type: 'message.created',
          chatId,
          seq: 1,
          timestamp: question.timestamp,
          actorId: alice.id,
          message: question,
        },
      ]);
      expect((await poll(`?after=${page.cursor}`)).events).toEqual([]);
      expect(bodies(await poll('?after=0'))).toEqual(['question']);
    });

    it('waits for an event for the requested time and not longer', async () => {
      const { cursor } = await poll('');
      const waiting = poll(`?after=${cursor}&wait=20`);
      await sendText(alice, 'now');
      expect(bodies(await waiting)).toEqual(['now']);
      const startedAt = Date.now();
      const empty = await poll('?wait=1');
      expect(empty.events).toEqual([]);
      expect(Date.now() - startedAt).toBeGreaterThan(900);
    });

    it('returns pages of any size without a gap', async () => {
      for (let i = 0; i < 7; i++) await sendText(alice, String(i));
      await sendText(bot, 'own');
      const received: string[] = [];
      let cursor = '0';
      for (let i = 0; i < 6; i++) {
        const page = await poll(`?after=${cursor}&limit=2`);
        received.push(...bodies(page));
        ({ cursor } = page);
      }
      expect(received).toEqual(['0', '1', '2', '3', '4', '5', '6']);
    });

    it('streams', async () => {
      const source = await EventSource.open(`${second.url}/v1/bot-api/events`, { authorization: bot.key });
      open.push(source);
      await sendText(bot, 'own');
      await sendText(alice, 'heard');
      await source.next('message.created');
      expect(source.bodies).toEqual(['heard']);
    });

    it.each([
      ['wait=61', 'wait must not be greater than 60'],
      ['wait=-1', 'wait must not be less than 0'],
      ['wait=x', 'wait must be an integer number'],
      ['wait=1.5', 'wait must be an integer number'],
      ['limit=0', 'limit must not be less than 1'],
      ['limit=1001', 'limit must not be greater than 1000'],
      ['limit=-5', 'limit must not be less than 1'],
    ])('rejects %s', async (query, message) => {
      const field = query.split('=')[0];
      expect(await bot.get(`/events?${query}`)).toMatchObject({
        status: 400,
        body: { code: 'invalid_field', field, message },
      });
    });

    it('rejects an invalid key', async () => {
      expect(await apis.withKey('x:y').get('/events')).toMatchObject({
        status: 403,
        body: clientError('Invalid bot key.'),
      });
    });

    it('ends the stream of a deleted bot', async () => {
      const source = await EventSource.open(`${apis.url}/v1/bot-api/events`, { authorization: bot.key });
      open.push(source);
      await apis.admin.delete(`/bot/${bot.id}`);
      await waitFor(() => source.isClosed, { what: 'the end of the stream' });
    });
  });
});
