import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { ClientApi } from '../../support/client-api.js';
import { runSql } from '../../support/databases.js';
import type { TestRedis } from '../../support/redis.js';
import { respondOk } from '../../support/sink.js';
import { waitFor } from '../../support/wait-for.js';
import { Deployment, distinct, gather, evaluate } from '../deployment.js';
import { startProxy } from './proxy.js';
import { report, secondsSince } from './report.js';
import { onEachBackend } from './run.js';

const LOCK = 4711;

/** Blocks the insert of a message `MARKED`, in its transaction, while the lock is held. */
const WAIT_AT_INSERT = `
  CREATE FUNCTION wait_for_lock() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF NEW.body = 'MARKED' THEN PERFORM pg_advisory_xact_lock(${LOCK}); END IF;
    RETURN NEW;
  END $$;
  CREATE TRIGGER wait_for_lock BEFORE INSERT ON messages FOR EACH ROW EXECUTE FUNCTION wait_for_lock()`;

/** Rejects all wake-ups of the queue. */
const NO_WAKEUPS = `
  CREATE FUNCTION no_wakeups() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no wake-ups'; END $$;
  CREATE TRIGGER no_wakeups BEFORE INSERT ON bullmq.job FOR EACH ROW EXECUTE FUNCTION no_wakeups()`;

/** Rejects the record of a delivery until the receiver has received it twice. */
const DELIVER_TWICE = `
  CREATE TABLE delivered_twice (event_id text PRIMARY KEY);
  CREATE FUNCTION deliver_twice() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF NEW.status = 'delivered' AND NOT EXISTS (SELECT FROM delivered_twice WHERE event_id = NEW.event_id) THEN
      RAISE EXCEPTION 'delivered only once';
    END IF;
    RETURN NEW;
  END $$;
  CREATE TRIGGER deliver_twice BEFORE INSERT ON deliveries FOR EACH ROW EXECUTE FUNCTION deliver_twice()`;

onEachBackend((backend, startBackend) => {
  let redis: TestRedis | undefined;
  let deployment: Deployment;

  beforeAll(async () => void (redis = await startBackend()));
  afterEach(() => deployment?.stop());
  afterAll(() => redis?.stop());

  it('F2: delivers messages whose API is killed after the commit, before the wake-up', async () => {
    deployment = await Deployment.start({ redis, workers: 0 });
    const { sink, databaseUrl } = deployment;
    const proxy = redis && (await startProxy(Number(new URL(redis.url).port)));
    const killed = await deployment.spawn('api', proxy ? { REDIS_URL: `redis://127.0.0.1:${proxy.port}` } : {});
    const { chats } = await gather(deployment, 20);
    proxy?.swallow();
    if (!redis) await runSql(databaseUrl, NO_WAKEUPS);
    const client = new ClientApi(killed.url);
    await Promise.all(chats.map(({ person, id }) => client.sendMessage(person, id, 'sent')));
    await killed.program.kill('SIGKILL');
    if (!redis) await runSql(databaseUrl, 'DROP TRIGGER no_wakeups ON bullmq.job');
    await proxy?.close();

    deployment.workers.push(await deployment.spawn('worker'));
    const startedAt = performance.now();
    await waitFor(() => distinct(sink.received) === chats.length, { what: 'all messages', timeoutMs: 10_000 });
    const seconds = secondsSince(startedAt);
    const what = 'kill -9 of an API between commit and wake-up';
    const duplicates = sink.received.length - chats.length;
    report({ fault: `F2 ${backend}`, what, events: chats.length, lost: 0, outOfOrder: 0, duplicates, seconds });
    expect(seconds).toBeLessThanOrEqual(2);
  });

  it('F3: stores a message once if an API is killed in the transaction', async () => {
    deployment = await Deployment.start({ redis });
    const { sink, databaseUrl } = deployment;
    const {
      chats: [{ person, id }],
    } = await gather(deployment, 1);
    const killed = await deployment.spawn('api');
    await runSql(databaseUrl, WAIT_AT_INSERT);
    const holder = new pg.Client({ connectionString: databaseUrl });
    await holder.connect();
    await holder.query('SELECT pg_advisory_lock($1)', [LOCK]);
    const waiting = async () =>
      (
        await holder.query(
          `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'`,
        )
      ).rowCount!;
    const startedAt = performance.now();
    const key = randomUUID();
    const response = new ClientApi(killed.url).sendMessage(person, id, 'MARKED', key).catch((error: Error) => error);
    await waitFor(async () => (await waiting()) === 1, { what: 'the blocked insert' });
    await killed.program.kill('SIGKILL');
    expect(await response).toBeInstanceOf(Error);
    await waitFor(async () => (await waiting()) === 0, { what: 'the rollback' });
    await holder.query('SELECT pg_advisory_unlock($1)', [LOCK]);
    const rows = async () => (await holder.query(`SELECT FROM messages WHERE body = 'MARKED'`)).rowCount;
    expect(await rows()).toBe(0);

    const sent = await deployment.client.sendMessage(person, id, 'MARKED', key);
    expect((await deployment.client.sendMessage(person, id, 'MARKED', key)).id).toBe(sent.id);
    await waitFor(() => sink.received.length === 1, { what: 'the message' });
    report({
      fault: `F3 ${backend}`,
      what: 'kill -9 of an API inside of the transaction',
      events: 1,
      lost: 0,
      duplicates: 0,
      seconds: secondsSince(startedAt),
      note: 'no row; the same key again: one row',
    });
    expect(await rows()).toBe(1);
    await holder.end();
  });

  it('F20: stores one reply per message if every callback is sent twice', async () => {
    const CHATS = 100;
    const EACH = 10;
    deployment = await Deployment.start({ redis, workers: 2 });
    const { sink, client, databaseUrl } = deployment;
    await runSql(databaseUrl, DELIVER_TWICE);
    const database = new pg.Pool({ connectionString: databaseUrl, max: 4 });
    const times = new Map<string, number>();
    let botKey = '';
    const chatOf = new Map<number, string>();
    // The bot replies to each callback, with the id of the event as the idempotency key.
    sink.setBehaviour((callback, response) => {
      const event = String(callback.headers['webhook-id']);
      times.set(event, (times.get(event) ?? 0) + 1);
      const { chat, n } = JSON.parse((JSON.parse(callback.body) as { body: string }).body) as Record<string, number>;
      const reply = client.sendMessageAsBot(botKey, chatOf.get(chat)!, `reply ${n}`, event);
      const recorded =
        times.get(event)! > 1
          ? database.query('INSERT INTO delivered_twice VALUES ($1) ON CONFLICT DO NOTHING', [event])
          : undefined;
      Promise.all([reply, recorded]).then(
        () => respondOk(callback, response),
        () => response.writeHead(500).end(),
      );
    });
    const audience = await gather(deployment, CHATS);
    botKey = audience.botKey;
    audience.chats.forEach(({ id }, chat) => chatOf.set(chat, id));
    const startedAt = performance.now();
    await Promise.all(
      audience.chats.map(async ({ person, id }, chat) => {
        for (let n = 0; n < EACH; n++) await client.sendMessage(person, id, JSON.stringify({ chat, n }));
      }),
    );
    const [total, delivered] = [CHATS * EACH, `SELECT FROM deliveries WHERE status = 'delivered'`];
    const all = async () => (await database.query(delivered)).rowCount === total;
    await waitFor(all, { what: 'all delivery rows', timeoutMs: 120_000 });
    const { rows } = await database.query<{ replies: string }>(
      `SELECT count(*) AS replies FROM messages WHERE body LIKE 'reply %' GROUP BY chat_id, body`,
    );
    const fewest = Math.min(...times.values());
    report({
      fault: `F20 ${backend}`,
      what: 'every callback is sent twice',
      events: total,
      ...evaluate(sink.received, CHATS, EACH),
      seconds: secondsSince(startedAt),
      note: `each at least ${fewest} times; ${rows.length} answers, at most ${Math.max(...rows.map(({ replies }) => Number(replies)))} of each`,
    });
    await database.end();
    expect([evaluate(sink.received, CHATS, EACH).lost, evaluate(sink.received, CHATS, EACH).outOfOrder]).toEqual([
      0, 0,
    ]);
    expect([times.size, fewest >= 2]).toEqual([total, true]);
    expect([rows.length, rows.every(({ replies }) => replies === '1')]).toEqual([total, true]);
  });
});
