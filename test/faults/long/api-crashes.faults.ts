import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { ClientApi } from '../../support/client-api.js';
import { runSql } from '../../support/databases.js';
import type { TestRedis } from '../../support/redis.js';
import { answerOk } from '../../support/sink.js';
import { waitFor } from '../../support/wait-for.js';
import { Deployment, distinct, gather, judge } from '../deployment.js';
import { startProxy } from './proxy.js';
import { report, secondsSince } from './report.js';
import { onEachBackend } from './run.js';

const LOCK = 4711;

/** Lets an insert of a message `MARKED` wait, in its transaction, for as long as somebody holds the lock. */
const WAIT_AT_INSERT = `
  CREATE FUNCTION wait_for_lock() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF NEW.body = 'MARKED' THEN PERFORM pg_advisory_xact_lock(${LOCK}); END IF;
    RETURN NEW;
  END $$;
  CREATE TRIGGER wait_for_lock BEFORE INSERT ON messages FOR EACH ROW EXECUTE FUNCTION wait_for_lock()`;

/** No bell gets into the queue. */
const NO_BELLS = `
  CREATE FUNCTION no_bells() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no bells'; END $$;
  CREATE TRIGGER no_bells BEFORE INSERT ON bullmq.job FOR EACH ROW EXECUTE FUNCTION no_bells()`;

/** What was delivered is not written down before the receiver has had it twice. */
const TELL_TWICE = `
  CREATE TABLE told_twice (event_id text PRIMARY KEY);
  CREATE FUNCTION tell_twice() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF NEW.status = 'delivered' AND NOT EXISTS (SELECT FROM told_twice WHERE event_id = NEW.event_id) THEN
      RAISE EXCEPTION 'told once only';
    END IF;
    RETURN NEW;
  END $$;
  CREATE TRIGGER tell_twice BEFORE INSERT ON deliveries FOR EACH ROW EXECUTE FUNCTION tell_twice()`;

onEachBackend((backend, startBackend) => {
  let redis: TestRedis | undefined;
  let deployment: Deployment;

  beforeAll(async () => void (redis = await startBackend()));
  afterEach(() => deployment?.stop());
  afterAll(() => redis?.stop());

  it('F2: an API dies behind the commit, and its bell never rings', async () => {
    deployment = await Deployment.start({ redis, workers: 0 });
    const { sink, databaseUrl } = deployment;
    const proxy = redis && (await startProxy(Number(new URL(redis.url).port)));
    const dying = await deployment.spawn('api', proxy ? { REDIS_URL: `redis://127.0.0.1:${proxy.port}` } : {});
    const { chats } = await gather(deployment, 20);
    proxy?.swallow();
    if (!redis) await runSql(databaseUrl, NO_BELLS);
    const client = new ClientApi(dying.url);
    await Promise.all(chats.map(({ person, id }) => client.say(person, id, 'said')));
    await dying.program.kill('SIGKILL');
    if (!redis) await runSql(databaseUrl, 'DROP TRIGGER no_bells ON bullmq.job');
    await proxy?.close();

    deployment.workers.push(await deployment.spawn('worker'));
    const startedAt = performance.now();
    await waitFor(() => distinct(sink.received) === chats.length, { what: 'all that was said', timeoutMs: 10_000 });
    const seconds = secondsSince(startedAt);
    const what = 'kill -9 of an API between commit and bell';
    const duplicates = sink.received.length - chats.length;
    report({ fault: `F2 ${backend}`, what, events: chats.length, lost: 0, outOfOrder: 0, duplicates, seconds });
    expect(seconds).toBeLessThanOrEqual(2);
  });

  it('F3: an API dies inside of the transaction', async () => {
    deployment = await Deployment.start({ redis });
    const { sink, databaseUrl } = deployment;
    const {
      chats: [{ person, id }],
    } = await gather(deployment, 1);
    const dying = await deployment.spawn('api');
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
    const answer = new ClientApi(dying.url).say(person, id, 'MARKED', key).catch((error: Error) => error);
    await waitFor(async () => (await waiting()) === 1, { what: 'the insert to wait' });
    await dying.program.kill('SIGKILL');
    expect(await answer).toBeInstanceOf(Error);
    await waitFor(async () => (await waiting()) === 0, { what: 'Postgres to give it up' });
    await holder.query('SELECT pg_advisory_unlock($1)', [LOCK]);
    const rows = async () => (await holder.query(`SELECT FROM messages WHERE body = 'MARKED'`)).rowCount;
    expect(await rows()).toBe(0);

    const told = await deployment.client.say(person, id, 'MARKED', key);
    expect((await deployment.client.say(person, id, 'MARKED', key)).id).toBe(told.id);
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

  it('F20: every callback is told twice', async () => {
    const CHATS = 100;
    const EACH = 10;
    deployment = await Deployment.start({ redis, workers: 2 });
    const { sink, client, databaseUrl } = deployment;
    await runSql(databaseUrl, TELL_TWICE);
    const database = new pg.Pool({ connectionString: databaseUrl, max: 4 });
    const times = new Map<string, number>();
    let botKey = '';
    const chatOf = new Map<number, string>();
    // A bot that does its work each time that it is told, with the event's id as the key of its answer.
    sink.behave((callback, response) => {
      const event = String(callback.headers['webhook-id']);
      times.set(event, (times.get(event) ?? 0) + 1);
      const { chat, n } = JSON.parse((JSON.parse(callback.body) as { body: string }).body) as Record<string, number>;
      const reply = client.sayAsBot(botKey, chatOf.get(chat)!, `answer ${n}`, event);
      const noted =
        times.get(event)! > 1
          ? database.query('INSERT INTO told_twice VALUES ($1) ON CONFLICT DO NOTHING', [event])
          : undefined;
      Promise.all([reply, noted]).then(
        () => answerOk(callback, response),
        () => response.writeHead(500).end(),
      );
    });
    const audience = await gather(deployment, CHATS);
    botKey = audience.botKey;
    audience.chats.forEach(({ id }, chat) => chatOf.set(chat, id));
    const startedAt = performance.now();
    await Promise.all(
      audience.chats.map(async ({ person, id }, chat) => {
        for (let n = 0; n < EACH; n++) await client.say(person, id, JSON.stringify({ chat, n }));
      }),
    );
    const [total, delivered] = [CHATS * EACH, `SELECT FROM deliveries WHERE status = 'delivered'`];
    const all = async () => (await database.query(delivered)).rowCount === total;
    await waitFor(all, { what: 'everything to be written down', timeoutMs: 120_000 });
    const { rows } = await database.query<{ answers: string }>(
      `SELECT count(*) AS answers FROM messages WHERE body LIKE 'answer %' GROUP BY chat_id, body`,
    );
    const fewest = Math.min(...times.values());
    report({
      fault: `F20 ${backend}`,
      what: 'every callback is told twice',
      events: total,
      ...judge(sink.received, CHATS, EACH),
      seconds: secondsSince(startedAt),
      note: `each at least ${fewest} times; ${rows.length} answers, at most ${Math.max(...rows.map(({ answers }) => Number(answers)))} of each`,
    });
    await database.end();
    expect([judge(sink.received, CHATS, EACH).lost, judge(sink.received, CHATS, EACH).outOfOrder]).toEqual([0, 0]);
    expect([times.size, fewest >= 2]).toEqual([total, true]);
    expect([rows.length, rows.every(({ answers }) => answers === '1')]).toEqual([total, true]);
  });
});
