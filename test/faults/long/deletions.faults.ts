import { setTimeout as sleep } from 'node:timers/promises';
import { runSql } from '../../support/databases.js';
import { TEST_SECRETS } from '../../support/settings.js';
import { waitFor } from '../../support/wait-for.js';
import { type Audience, Deployment, gather } from '../deployment.js';
import { report, secondsSince } from './report.js';
import { percentile } from './run.js';

const MESSAGES = Number(process.env.FAULTS_DELETED_MESSAGES ?? 200_000);
const CHATS = Number(process.env.FAULTS_DELETED_CHATS ?? 150_000);
/** The statement timeout of requests. */
const REQUEST_MS = 4000;

/** Deleted rows must disappear at once, regardless of their number, and must not slow other requests. */
describe('large deletions', () => {
  let deployment: Deployment;
  let audience: Audience;

  beforeAll(async () => {
    deployment = await Deployment.start({});
    audience = await gather(deployment, 4);
  });

  afterAll(() => deployment.stop());

  const sql = <T extends object>(text: string): Promise<T[]> => runSql<T>(deployment.databaseUrl, text);

  async function platform(method: string, path: string, body?: object): Promise<number> {
    const headers = { 'api-token': TEST_SECRETS.API_TOKEN, 'content-type': 'application/json' };
    const init = { method, headers, body: body && JSON.stringify(body) };
    const response = await fetch(`${deployment.api.url}/v3/${path}`, init);
    await response.arrayBuffer();
    return response.status;
  }

  const count = async (table: string, condition: string): Promise<number> => {
    const [row] = await sql<{ count: string }>(`SELECT count(*) FROM ${table} WHERE ${condition}`);
    return Number(row.count);
  };

  /** Fills a group with messages that were delivered to a bot. */
  async function fillGroup(id: string): Promise<void> {
    await sql(
      `INSERT INTO messages (id, chat_id, seq, sender_id, kind, body, created_at)
       SELECT 'big' || n, '${id}', c.last_seq + n, 'big_user', 'text', 'message ' || n, c.last_at + n * interval '1 millisecond'
       FROM chats c, generate_series(1, ${MESSAGES}) n WHERE c.id = '${id}';
       INSERT INTO deliveries (endpoint_id, chat_id, seq, event_id, status)
       SELECT e.id, m.chat_id, m.seq, 'evt_' || m.id, 'delivered' FROM messages m, bot_endpoints e
       WHERE m.chat_id = '${id}' AND e.bot_id = 'big_bot';
       INSERT INTO attempts (endpoint_id, chat_id, seq, number, duration_ms)
       SELECT endpoint_id, chat_id, seq, 1, 5 FROM deliveries WHERE chat_id = '${id}';
       INSERT INTO subscriptions (endpoint_id, chat_id, bot_id, cursor_seq)
       SELECT e.id, '${id}', 'big_bot', 0 FROM bot_endpoints e WHERE e.bot_id = 'big_bot' ON CONFLICT DO NOTHING;
       UPDATE subscriptions SET cursor_seq = ${MESSAGES} + 10, due_at = NULL WHERE chat_id = '${id}';
       UPDATE chats SET last_seq = last_seq + ${MESSAGES}, message_count = message_count + ${MESSAGES}, pending_since = NULL
       WHERE id = '${id}'`,
    );
  }

  /** Creates personal chats of a bot with one message each. */
  async function fillBot(): Promise<void> {
    await sql(
      `INSERT INTO users (id, kind, nickname, created_at) SELECT 'crowd_' || n, 'person', 'Person', now()
       FROM generate_series(1, ${CHATS}) n;
       INSERT INTO chats (id, kind, user_id, bot_id, last_seq, message_count, last_at, created_at, num)
       SELECT 'crowd_chat_' || n, 'personal', 'crowd_' || n, 'crowd_bot', 1, 1, now(), now(), nextval('chats_num_seq')
       FROM generate_series(1, ${CHATS}) n;
       INSERT INTO members (chat_id, user_id, state, joined_at)
       SELECT id, user_id, 'joined', now() FROM chats WHERE bot_id = 'crowd_bot' AND kind = 'personal' AND user_id <> 'big_user';
       INSERT INTO members (chat_id, user_id, state, joined_at)
       SELECT id, 'crowd_bot', 'joined', now() FROM chats WHERE bot_id = 'crowd_bot' AND kind = 'personal';
       INSERT INTO messages (id, chat_id, seq, sender_id, kind, body, created_at)
       SELECT 'crowd_' || id, id, 1, user_id, 'text', 'hello', now() FROM chats WHERE bot_id = 'crowd_bot'`,
    );
  }

  const bot = (id: string) => ({
    ...{ bot_userid: id, bot_nickname: id, bot_profile_url: '', bot_type: '', is_privacy_mode: false },
    bot_callback_url: `${deployment.sink.url}/${id}`,
  });

  it('F35: deletes a chat of 200,000 messages and a bot with 150,000 chats without failed sends, despite a killed worker', async () => {
    const group = { channel_url: 'big_group', user_ids: ['big_user', 'big_bot'] };
    await platform('POST', 'users', { user_id: 'big_user', nickname: 'Big', profile_url: '' });
    await platform('POST', 'bots', bot('big_bot'));
    await platform('POST', 'bots', bot('crowd_bot'));
    expect(await platform('POST', 'group_channels', group)).toBe(200);
    await fillGroup('big_group');
    await fillBot();
    await sql('ANALYZE');

    const sendMs: number[] = [];
    let failures = 0;
    let isOver = false;
    const others = Promise.all(
      audience.chats.map(async ({ person, id }, n) => {
        while (!isOver) {
          const startedAt = performance.now();
          await deployment.client.sendMessage(person, id, JSON.stringify({ chat: n })).catch(() => failures++);
          sendMs.push(performance.now() - startedAt);
          await sleep(50);
        }
      }),
    );
    try {
      const startedAt = performance.now();
      expect(await platform('DELETE', 'group_channels/big_group')).toBe(200);
      const chatMs = performance.now() - startedAt;
      expect(await platform('GET', 'group_channels/big_group')).toBe(400);
      expect(await platform('GET', `group_channels/big_group/messages?message_ts=${Date.now()}`)).toBe(400);
      expect(await platform('POST', 'group_channels', group)).toBe(200);

      const botStartedAt = performance.now();
      expect(await platform('DELETE', 'bots/crowd_bot')).toBe(200);
      const botMs = performance.now() - botStartedAt;
      expect(await platform('GET', 'bots/crowd_bot')).toBe(400);
      expect(await platform('POST', 'bots', bot('crowd_bot'))).toBe(200);

      const isUnderWay = async () => (await count('messages', `chat_id = 'big_group'`)) < MESSAGES * 0.8;
      await waitFor(isUnderWay, { what: 'the first batches', timeoutMs: 120_000 });
      await deployment.replaceWorker();
      const isDone = async () => (await sql('SELECT FROM deletion_tasks LIMIT 1')).length === 0;
      await waitFor(isDone, { what: 'the deletion of all rows', timeoutMs: 400_000 });
      const seconds = secondsSince(startedAt);
      isOver = true;
      await others;

      expect(await count('messages', `chat_id = 'big_group' OR chat_id LIKE 'crowd_chat%'`)).toBe(0);
      expect(await count('deliveries', `chat_id = 'big_group'`)).toBeLessThanOrEqual(1); // the joining of the new group
      expect(await count('attempts', `chat_id = 'big_group'`)).toBeLessThanOrEqual(1);
      expect(await count('chats', `id LIKE 'crowd_chat%'`)).toBe(0);
      expect(await count('members', `chat_id LIKE 'crowd_chat%'`)).toBe(0);
      const p99 = Math.round(percentile(sendMs, 0.99));
      report({
        fault: 'F35',
        what: `a chat of ${MESSAGES} messages and a bot with ${CHATS} chats deleted, the worker killed meanwhile`,
        lost: failures,
        seconds,
        note:
          `answered in ${Math.round(chatMs)} and ${Math.round(botMs)} ms; ${sendMs.length} sends elsewhere, p99 ${p99} ms; ` +
          'no rows left',
      });
      expect(failures).toBe(0);
      expect(Math.max(chatMs, botMs)).toBeLessThan(REQUEST_MS);
    } finally {
      isOver = true;
      await others;
    }
  });
});
