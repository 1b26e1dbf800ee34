import pg from 'pg';
import { runSql } from '../support/databases.js';
import { deletionRunner } from '../support/deletions.js';
import { waitFor } from '../support/wait-for.js';
import { type FilesApp, startFiles } from './files/files-caller.js';
import type { Json, TestBot, TestPerson } from './client/client-caller.js';

/** Changes of more memberships than one request or transaction may change. */
describe('a change of many memberships', () => {
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

  const sql = <T extends object>(text: string): Promise<T[]> => runSql<T>(app.settings.databaseUrl, text);

  async function platform(method: string, path: string, body?: object): Promise<{ status: number; body: Json }> {
    const headers = { 'api-token': app.settings.API_TOKEN, 'content-type': 'application/json' };
    const response = await fetch(`${app.url}/v3/${path}`, { method, headers, body: body && JSON.stringify(body) });
    return { status: response.status, body: await response.json() };
  }

  /** Creates a group of Alice and the bot. @returns its id */
  async function createGroup(id = `group_${++groups}`): Promise<string> {
    const created = await platform('POST', 'group_channels', { channel_url: id, user_ids: [alice.id, bot.id] });
    expect(created).toMatchObject({ status: 200 });
    return id;
  }

  it('removes more members from a group than one transaction allows', async () => {
    const id = await createGroup();
    await sql(
      `INSERT INTO members (chat_id, user_id, state, joined_at)
       SELECT '${id}', 'member_' || n, 'joined', now() FROM generate_series(1, 2300) n`,
    );
    expect((await platform('PUT', `group_channels/${id}/leave`, { should_leave_all: true })).status).toBe(200);
    await deletionRunner(app.app).run();
    expect(await sql(`SELECT FROM members WHERE chat_id = '${id}'`)).toEqual([]);
    expect((await platform('GET', `group_channels/${id}`)).body).toMatchObject({ member_count: 0 });
  });

  it('hides a group from more members than one request changes, and resets their history', async () => {
    const id = await createGroup();
    await sql(
      `INSERT INTO members (chat_id, user_id, state, joined_at, joined_seq)
       SELECT '${id}', 'member_' || n, 'joined', now(), 0 FROM generate_series(1, 2300) n`,
    );
    const [{ seq }] = await sql<{ seq: string }>(`SELECT last_seq AS seq FROM chats WHERE id = '${id}'`);
    const hide = { should_hide_all: true, hide_previous_messages: true, allow_auto_unhide: false };
    expect((await platform('PUT', `group_channels/${id}/hide`, hide)).status).toBe(200);
    await sql(`UPDATE chats SET last_seq = last_seq + 1 WHERE id = '${id}'`);
    await sql(
      `INSERT INTO members (chat_id, user_id, state, joined_at, joined_seq)
       VALUES ('${id}', 'member_zz', 'joined', now(), ${Number(seq) + 1})`,
    );
    const states = (): Promise<{ count: number; hidden: string; read: string; isReset: boolean }[]> =>
      sql(
        `SELECT count(*)::integer AS count, hidden_state AS hidden, read_seq AS read, history_from IS NOT NULL AS "isReset"
         FROM members WHERE chat_id = '${id}' GROUP BY 2, 3, 4 ORDER BY 1 DESC`,
      );
    expect(await states()).toContainEqual(
      expect.objectContaining({ count: 2000, hidden: 'hidden_prevent_auto_unhide' }),
    );
    await deletionRunner(app.app).run();
    expect(await states()).toEqual([
      { count: 2302, hidden: 'hidden_prevent_auto_unhide', read: seq, isReset: true },
      { count: 1, hidden: 'unhidden', read: '0', isReset: false },
    ]);
  });

  it('marks more groups of a bot as read than one request changes, each down to the time of the request', async () => {
    const { id } = await app.createBot();
    await sql(
      `WITH chat AS (
         INSERT INTO chats (id, kind, last_seq, last_at, created_at) SELECT 'read_' || n, 'group', 5, now(), now()
         FROM generate_series(1, 2300) n RETURNING id),
       message AS (
         INSERT INTO messages (id, chat_id, seq, sender_id, kind, body, created_at)
         SELECT 'r' || md5(id || seq), id, seq, '${alice.id}', 'text', 'hello', now() - (6 - seq) * interval '1 second'
         FROM chat, generate_series(1, 5) seq)
       INSERT INTO members (chat_id, user_id, state, joined_at) SELECT id, '${id}', 'joined', now() FROM chat`,
    );
    expect((await platform('PUT', `users/${id}/mark_as_read_all`, {})).status).toBe(200);
    await sql(
      `WITH chat AS (UPDATE chats SET last_seq = 6 WHERE id LIKE 'read|_%' ESCAPE '|' RETURNING id)
       INSERT INTO messages (id, chat_id, seq, sender_id, kind, body, created_at)
       SELECT 'r' || md5(id || 6), id, 6, '${alice.id}', 'text', 'later', now() + interval '1 second' FROM chat`,
    );
    const positions = (): Promise<{ count: number; read: string }[]> =>
      sql(
        `SELECT count(*)::integer AS count, read_seq AS read FROM members WHERE user_id = '${id}' GROUP BY 2 ORDER BY 1 DESC`,
      );
    expect(await positions()).toEqual([
      { count: 2000, read: '5' },
      { count: 300, read: '0' },
    ]);
    await deletionRunner(app.app).run();
    expect(await positions()).toEqual([{ count: 2300, read: '5' }]);
    expect((await platform('GET', `users/${id}/unread_message_count`)).body).toEqual({ unread_count: 2300 });
  });

  it('removes a bot from more groups than one transaction allows', async () => {
    const { id } = await app.createBot();
    await sql(
      `WITH chat AS (
         INSERT INTO chats (id, kind, last_at, created_at) SELECT 'many_' || n, 'group', now(), now()
         FROM generate_series(1, 2300) n RETURNING id)
       INSERT INTO members (chat_id, user_id, state, joined_at) SELECT id, '${id}', 'joined', now() FROM chat`,
    );
    expect((await platform('DELETE', `bots/${id}`)).status).toBe(200);
    const taken = await platform('POST', 'users', { user_id: id, nickname: 'Next', profile_url: '' });
    expect(taken.status).toBe(400);
    await deletionRunner(app.app).run();
    expect(await sql(`SELECT FROM members WHERE user_id = '${id}'`)).toEqual([]);
    expect(await sql(`SELECT FROM chat_events WHERE type = 'member.left' AND subject_id = '${id}'`)).toHaveLength(2300);
    expect((await platform('POST', 'users', { user_id: id, nickname: 'Next', profile_url: '' })).status).toBe(200);
  });

  it('removes a bot from all its groups, also if it leaves a batch while the task waits for the locks', async () => {
    const { id } = await app.createBot();
    await sql(
      `WITH chat AS (
         INSERT INTO chats (id, kind, last_at, created_at) SELECT 'left_' || lpad(n::text, 3, '0'), 'group', now(), now()
         FROM generate_series(1, 450) n RETURNING id)
       INSERT INTO members (chat_id, user_id, state, joined_at) SELECT id, '${id}', 'joined', now() FROM chat`,
    );
    await sql(
      `INSERT INTO deletion_tasks (kind, subject_id, until, created_at) VALUES ('memberships', '${id}', 1, clock_timestamp())`,
    );
    const other = new pg.Client({ connectionString: app.settings.databaseUrl });
    await other.connect();
    try {
      const first = `chat_id IN (SELECT chat_id FROM members WHERE user_id = '${id}' ORDER BY chat_id LIMIT 200)`;
      await other.query('BEGIN');
      await other.query(`UPDATE chats SET last_seq = last_seq + 1 WHERE ${first.replace('chat_id', 'id')}`);
      await other.query(`DELETE FROM members WHERE user_id = '${id}' AND ${first}`);
      const running = deletionRunner(app.app).run();
      const waiting = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
      await waitFor(async () => (await sql(waiting)).length > 0, { what: 'the task to wait for the locks' });
      await other.query('COMMIT');
      await running;
    } finally {
      await other.end();
    }
    expect(await sql(`SELECT FROM members WHERE user_id = '${id}'`)).toEqual([]);
  });
});
