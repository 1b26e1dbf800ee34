import { DeletionTasks } from '../../src/core/deletion/deletion-tasks.js';
import { type DomainError } from '../../src/core/errors/domain.error.js';
import type { Actor } from '../../src/modules/auth/index.js';
import { MemberChatsService } from '../../src/modules/chats/index.js';
import { HistoryService } from '../../src/modules/messages/history.service.js';
import { HistoryCleaner } from '../../src/modules/messages/history-cleaner.js';
import { runSql } from '../support/databases.js';
import { deletionRunner } from '../support/deletions.js';
import { makePng } from './files/images.js';
import { type FilesApp, formBody, startFiles } from './files/files-caller.js';
import type { Json, TestBot, TestPerson } from './client/client-caller.js';

const MESSAGES = 3000;
const CHATS = 1200;

/** The tables whose rows belong to a chat. */
const TABLES_OF_CHATS = `SELECT table_name AS name FROM information_schema.columns
  WHERE table_schema = 'public' AND column_name = 'chat_id'`;

/** Tables with rows of the chat in the test of its deletion. */
const FILLED = [
  'ai_chat_controls',
  'ai_runs',
  'ai_summaries',
  'attempts',
  'chat_events',
  'deliveries',
  'drafts',
  'file_uses',
  'files',
  'members',
  'messages',
  'redeliveries',
  'subscriptions',
];

describe('a large deletion', () => {
  let app: FilesApp;
  let alice: TestPerson;
  let bot: TestBot;
  let groups = 0;

  beforeAll(async () => {
    app = await startFiles({ DELETION_BATCH: 500 });
    alice = await app.signUp();
    bot = await app.createBot();
  });

  afterAll(() => app.close());

  beforeEach(() => deletionRunner(app.app).run());

  const sql = <T extends object>(text: string): Promise<T[]> => runSql<T>(app.settings.databaseUrl, text);

  async function platform(method: string, path: string, body?: object): Promise<{ status: number; body: Json }> {
    const headers = { 'api-token': app.settings.API_TOKEN, 'content-type': 'application/json' };
    const response = await fetch(`${app.url}/v3/${path}`, { method, headers, body: body && JSON.stringify(body) });
    return { status: response.status, body: await response.json() };
  }

  /** Creates a group of Alice and the bot. @returns its id */
  async function createGroup(id = `group_${++groups}`): Promise<string> {
    const created = await platform('POST', 'group_channels', {
      channel_url: id,
      user_ids: [alice.id, bot.id],
      operator_ids: [alice.id],
    });
    expect(created).toMatchObject({ status: 200 });
    return id;
  }

  /** Inserts messages of Alice into the log by SQL. */
  async function fill(chatId: string, count = MESSAGES): Promise<void> {
    await sql(
      `INSERT INTO messages (id, chat_id, seq, sender_id, kind, body, created_at)
       SELECT 'm' || md5('${chatId}' || n), '${chatId}', c.last_seq + n, '${alice.id}', 'text', 'message ' || n,
              c.last_at + n * interval '1 millisecond'
       FROM chats c, generate_series(1, ${count}) n WHERE c.id = '${chatId}'`,
    );
    await sql(
      `UPDATE chats SET last_seq = last_seq + ${count}, message_count = message_count + ${count},
         last_at = last_at + ${count} * interval '1 millisecond' WHERE id = '${chatId}'`,
    );
  }

  /** Inserts what workers and bots write about a message. */
  async function recordWork(chatId: string, messageId: string): Promise<void> {
    await sql(
      `INSERT INTO subscriptions (endpoint_id, chat_id, bot_id, cursor_seq) VALUES ('endpoint', '${chatId}', '${bot.id}', 1);
       INSERT INTO deliveries (endpoint_id, chat_id, seq, event_id, status)
       SELECT 'endpoint', '${chatId}', n, 'event', 'delivered' FROM generate_series(1, ${MESSAGES}) n;
       INSERT INTO attempts (endpoint_id, chat_id, seq, number, duration_ms)
       SELECT 'endpoint', '${chatId}', n, 1, 1 FROM generate_series(1, ${MESSAGES}) n;
       INSERT INTO redeliveries (endpoint_id, chat_id, seq) VALUES ('endpoint', '${chatId}', 1);
       INSERT INTO drafts VALUES ('draft', '${chatId}', '${bot.id}', 'token', 'soon');
       INSERT INTO ai_runs (id, bot_id, chat_id, trigger_id, trigger_seq, user_id, state)
       VALUES ('run', '${bot.id}', '${chatId}', '${messageId}', 1, '${alice.id}', 'completed');
       INSERT INTO ai_summaries (chat_id, bot_id, body, up_to_seq) VALUES ('${chatId}', '${bot.id}', 'so far', 1);
       INSERT INTO ai_chat_controls VALUES ('${chatId}', '${alice.id}', now())`,
    );
  }

  async function rowsOf(chatId: string): Promise<Record<string, number>> {
    const tables = await sql<{ name: string }>(TABLES_OF_CHATS);
    const counts = await Promise.all(
      tables.map(async ({ name }) => {
        const [{ count }] = await sql<{ count: string }>(`SELECT count(*) FROM ${name} WHERE chat_id = '${chatId}'`);
        return [name, Number(count)] as const;
      }),
    );
    return Object.fromEntries(counts.filter(([, count]) => count > 0));
  }

  async function upload(): Promise<Json> {
    const body = formBody([{ name: 'a.png', type: 'image/png', content: makePng() }]);
    return (await app.upload('/v1/client-api/files', { cookie: alice.cookie }, body)).body[0];
  }

  const asAlice = (): Actor => ({ kind: 'user', id: alice.id, scopes: [] });

  /** @returns the error code, or `read` */
  const statusOf = (reading: Promise<unknown>): Promise<string> =>
    reading.then(
      () => 'read',
      (error: DomainError) => error.code,
    );

  /** The result of each reader for a group. */
  async function readersOf(
    id: string,
    messageId: string,
    filePath: string,
    cursor: string,
  ): Promise<Record<string, unknown>> {
    const now = Date.now() + 60_000;
    const [
      channel,
      list,
      mine,
      unread,
      page,
      one,
      search,
      file,
      messages,
      trace,
      events,
      history,
      chats,
      row,
      members,
    ] = await Promise.all([
      platform('GET', `group_channels/${id}`),
      platform('GET', 'group_channels?limit=100&show_empty=true'),
      platform('GET', `users/${alice.id}/my_group_channels?limit=100&show_empty=true`),
      platform('GET', `users/${alice.id}/unread_message_count`),
      alice.get(`/chat/${id}/messages`),
      bot.get(`/chat/message/${messageId}`),
      platform('GET', `group_channels/${id}/messages?message_ts=${now}&prev_limit=5`),
      fetch(`${app.url}/${filePath}`),
      bot.get(`/chat/${id}/messages`),
      app.admin.get(`/message/${messageId}/trace`),
      bot.get(`/events?after=${cursor}`),
      statusOf(app.app.get(HistoryService).listPage(asAlice(), id, 5)),
      app.app.get(MemberChatsService).list(asAlice(), 100, 0),
      sql(`SELECT 1 FROM messages WHERE id = '${messageId}'`),
      platform('GET', `group_channels/${id}/members`),
    ]);
    return {
      channel: channel.status,
      isListed: list.body.channels.some((each: Json) => each.channel_url === id),
      isMine: mine.body.channels.some((each: Json) => each.channel_url === id),
      unread: unread.body.unread_count,
      page: page.status,
      one: one.status,
      search: search.status,
      file: file.status,
      messages: messages.status,
      trace: trace.status,
      hasEvents: events.body.events.some((event: Json) => JSON.stringify(event).includes(messageId)),
      history,
      isInChats: chats.some(({ chat }) => chat.id === id),
      row: row.length,
      members: members.status,
    };
  }

  it('of a chat hides it from every reader at once and deletes its rows in batches', async () => {
    const id = await createGroup();
    const file = await upload();
    const { cursor } = (await bot.get('/events')).body;
    const sent = await alice.post('/chat/message', { chatId: id, body: 'look', attachmentIds: [file.id] });
    await fill(id);
    await recordWork(id, sent.body.id);
    expect(Object.keys(await rowsOf(id)).toSorted()).toEqual(FILLED);
    const before = await readersOf(id, sent.body.id, file.path, cursor);
    expect(before).toMatchObject({
      channel: 200,
      isListed: true,
      isMine: true,
      page: 200,
      one: 200,
      file: 200,
      trace: 200,
      row: 1,
    });

    expect((await platform('DELETE', `group_channels/${id}`)).status).toBe(200);
    expect(await readersOf(id, sent.body.id, file.path, cursor)).toEqual({
      ...{ channel: 400, isListed: false, isMine: false, unread: 0, page: 404, one: 404, search: 400, file: 404 },
      ...{ messages: 404, trace: 404, hasEvents: false, history: 'chat.not_found', isInChats: false },
      ...{ row: 1, members: 400 },
    });
    expect(await rowsOf(id)).toMatchObject({ messages: MESSAGES + 1 });

    await deletionRunner(app.app).run();
    expect(await rowsOf(id)).toEqual({});
    expect(await sql('SELECT FROM deletion_tasks')).toEqual([]);
  });

  it('continues after a crash between two batches, also with a concurrent worker', async () => {
    const id = await createGroup();
    await fill(id);
    await platform('DELETE', `group_channels/${id}`);
    const tasks = app.app.get(DeletionTasks);
    const postpone = jest.spyOn(tasks, 'postpone');
    let batches = 0;
    // The worker crashes after the third batch and leaves its lease behind.
    postpone.mockImplementation(() => {
      batches += 1;
      return batches < 3 ? Promise.resolve() : Promise.reject(new Error('killed'));
    });
    await expect(deletionRunner(app.app).run()).rejects.toThrow('killed');
    postpone.mockRestore();
    const { messages: left } = await rowsOf(id);
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThan(MESSAGES);

    expect(await deletionRunner(app.app).run()).toBe(0); // the lease of the crashed worker is still valid
    await sql('UPDATE deletion_tasks SET due_at = now()');
    await Promise.all([deletionRunner(app.app).run(), deletionRunner(app.app).run()]);
    expect(await rowsOf(id)).toEqual({});
    expect(await sql('SELECT FROM deletion_tasks')).toEqual([]);
  });

  it('allows a new chat with the same id at once, without messages of the old one', async () => {
    const id = await createGroup();
    const key = { headers: { 'idempotency-key': 'sent-once' } };
    const old = await alice.post('/chat/message', { chatId: id, body: 'old words' }, key);
    await fill(id);
    await platform('DELETE', `group_channels/${id}`);
    await createGroup(id);

    const page = await alice.get(`/chat/${id}/messages`);
    expect(page.body).toMatchObject({ messages: [], total: 0 });
    expect((await bot.get(`/chat/message/${old.body.id}`)).status).toBe(404);
    const around = await platform(
      'GET',
      `group_channels/${id}/messages?message_ts=${Date.now()}&prev_limit=5&include_removed=true`,
    );
    expect(around.body.messages).toEqual([]);
    const fresh = await alice.post('/chat/message', { chatId: id, body: 'new words' }, key);
    expect(fresh).toMatchObject({ status: 201, body: { body: 'new words' } });

    await deletionRunner(app.app).run();
    const after = await alice.get(`/chat/${id}/messages`);
    expect(after.body.messages.map(({ body }: Json) => body)).toEqual(['new words']);
    expect(await rowsOf(id)).toMatchObject({ messages: 1, members: 2 });
  });

  it('of a history hides it from every reader at once and clears the messages in batches', async () => {
    const id = await createGroup();
    await alice.post('/chat/message', { chatId: id, body: 'the first words' });
    await fill(id);
    await app.app.get(HistoryCleaner).clearForAll(asAlice(), id);
    expect((await alice.get(`/chat/${id}/messages`)).body).toMatchObject({ messages: [], total: 0 });
    expect((await platform('GET', `group_channels/${id}`)).body).toMatchObject({ last_message: null });
    expect((await platform('GET', `users/${alice.id}/unread_message_count`)).body.unread_count).toBe(0);
    await alice.post('/chat/message', { chatId: id, body: 'new words' });
    expect((await alice.get(`/chat/${id}/messages`)).body).toMatchObject({ total: 1 });

    await deletionRunner(app.app).run();
    const bodies = await sql(`SELECT body FROM messages WHERE chat_id = '${id}' AND body <> ''`);
    expect(bodies).toEqual([{ body: 'new words' }]);
    expect((await alice.get(`/chat/${id}/messages`)).body).toMatchObject({
      total: 1,
      messages: [{ body: 'new words' }],
    });
  });

  it('of a bot removes its chats at once, and a new bot with the same id has none of them', async () => {
    const fields = { bot_nickname: 'Crowd', bot_profile_url: '', bot_type: '', is_privacy_mode: false };
    const newBot = { bot_userid: 'crowd', bot_callback_url: 'https://bots.example/callback', ...fields };
    expect((await platform('POST', 'bots', newBot)).status).toBe(200);
    const chat = await alice.post('/chat', { botId: 'crowd' });
    const sent = await alice.post('/chat/message', { chatId: chat.body.id, body: 'hello' });
    await sql(
      `WITH person AS (
         INSERT INTO users (id, kind, nickname, created_at) SELECT 'crowd_' || n, 'person', 'Person', now()
         FROM generate_series(1, ${CHATS}) n RETURNING id
       ), chat AS (
         INSERT INTO chats (id, kind, user_id, bot_id, last_at, created_at, num)
         SELECT 'chat_' || id, 'personal', id, 'crowd', now(), now(), nextval('chats_num_seq') FROM person RETURNING id, user_id)
       INSERT INTO members (chat_id, user_id, state, joined_at)
       SELECT id, user_id, 'joined', now() FROM chat UNION ALL SELECT id, 'crowd', 'joined', now() FROM chat`,
    );

    expect((await platform('DELETE', 'bots/crowd')).status).toBe(200);
    expect((await platform('GET', 'bots/crowd')).status).toBe(400);
    expect((await alice.get(`/chat/${chat.body.id}/messages`)).status).toBe(404);
    expect((await alice.put(`/chat/message/${sent.body.id}`, { body: 'other words' })).status).toBe(404);
    expect((await alice.post('/chat/message', { chatId: chat.body.id, body: 'anybody there?' })).status).toBe(404);

    expect((await platform('POST', 'bots', newBot)).status).toBe(200);
    expect((await alice.get('/chats?bot_id=crowd')).body).toEqual([]);
    const again = await alice.post('/chat', { botId: 'crowd' });
    expect(again.status).toBe(201);
    expect((await alice.post('/chat/message', { chatId: again.body.id, body: 'hello again' })).status).toBe(201);

    await deletionRunner(app.app).run();
    const left = await sql<{ id: string }>(`SELECT id FROM chats WHERE bot_id = 'crowd'`);
    expect(left.map(({ id }) => id)).toEqual([again.body.id]);
    expect(await rowsOf(chat.body.id)).toEqual({});
    expect((await alice.get(`/chat/${again.body.id}/messages`)).body.total).toBe(1);
    expect(await sql(`SELECT FROM members WHERE chat_id LIKE 'chat_crowd%'`)).toEqual([]);
  });
});
