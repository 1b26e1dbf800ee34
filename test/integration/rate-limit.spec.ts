import { Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../src/core/database/data-source.js';
import { Database } from '../../src/core/database/database.js';
import type { Settings } from '../../src/core/config/settings.js';
import { ConcurrencyLimiter, type HeldSlots } from '../../src/core/rate-limit/concurrency-limiter.js';
import type { ConcurrencyLimit, RateLimit } from '../../src/core/rate-limit/rate-limit.js';
import { openRateLimitStore } from '../../src/core/rate-limit/rate-limit-store.js';
import { RateLimiter } from '../../src/core/rate-limit/rate-limiter.js';
import { runSql, type TestDatabase } from '../support/databases.js';
import { createMigratedDatabase } from '../support/migrated-database.js';
import { describeWithRedis, startRedis, type TestRedis } from '../support/redis.js';
import { testSettings } from '../support/settings.js';
import { waitFor } from '../support/wait-for.js';

let names = 0;
const limitOf = (...windows: [max: number, seconds: number][]): RateLimit => ({
  name: `test${names++}`,
  code: 'test.too_often',
  what: 'tests',
  windows: windows.map(([max, seconds]) => ({ max, seconds })),
});
const slotsOf = (max: number): ConcurrencyLimit => ({
  name: `test${names++}`,
  code: 'test.too_many',
  what: 'open tests',
  max,
});
const refusal = (limit: number) =>
  expect.objectContaining({
    kind: 'rate_limited',
    code: 'test.too_often',
    details: { limit, windowSeconds: expect.any(Number), retryAfterSeconds: expect.any(Number) },
  });
const full = expect.objectContaining({ kind: 'rate_limited', code: 'test.too_many' });

const outcomes = async (all: Promise<unknown>[]): Promise<number> =>
  (await Promise.allSettled(all)).filter(({ status }) => status === 'fulfilled').length;

let database: TestDatabase;
let sources: DataSource[];

beforeAll(async () => {
  Logger.overrideLogger(false);
  database = await createMigratedDatabase();
});
afterAll(() => database.drop());

/** Databases with separate connections, as in two processes. */
async function twoDatabases(): Promise<[Database, Database]> {
  const options = dataSourceOptions(testSettings({ DATABASE_URL: database.url }));
  sources = [new DataSource(options), new DataSource(options)];
  await Promise.all(sources.map((source) => source.initialize()));
  return sources.map((source) => new Database(source)) as [Database, Database];
}
const endDatabases = async (): Promise<void> => void (await Promise.all(sources.map((source) => source.destroy())));

/** @param settings of both processes */
async function twoLimiters(settings: Settings): Promise<[RateLimiter, RateLimiter]> {
  const made = (await twoDatabases()).map(
    async (each) => new RateLimiter(each, settings, await openRateLimitStore(settings, each)),
  );
  return Promise.all(made) as Promise<[RateLimiter, RateLimiter]>;
}

function limitsRates(limiters: () => [RateLimiter, RateLimiter]): void {
  it('counts calls of all processes, separately for each key', async () => {
    const [here, there] = limiters();
    const limit = limitOf([4, 60]);
    const tries = [here, there, here, there, here, there].map((limiter) => limiter.consume(limit, 'a'));
    expect(await outcomes(tries)).toBe(4);
    await expect(here.consume(limit, 'a')).rejects.toEqual(refusal(4));
    await here.consume(limit, 'b', 4);
    await expect(there.consume(limit, 'b')).rejects.toEqual(refusal(4));
  });

  it('enforces every window, and names the exhausted one', async () => {
    const [here] = limiters();
    const limit = limitOf([1, 1], [2, 3600]);
    await here.consume(limit, 'a');
    await expect(here.consume(limit, 'a')).rejects.toThrow(/^Too many tests: at most 1 per second\. Try again in 1 s/);
    await waitFor(
      () =>
        here.consume(limit, 'a').then(
          () => true,
          () => false,
        ),
      { what: 'the end of the second' },
    );
    await waitFor(
      () =>
        here.consume(limit, 'a').then(
          () => false,
          (error: Error) => error.message.includes('2 per hour'),
        ),
      { what: 'the limit per hour' },
    );
  });

  it('disables a limit of 0', async () => {
    const [here] = limiters();
    const limit = limitOf([0, 60]);
    expect(await outcomes(Array.from({ length: 50 }, () => here.consume(limit, 'a')))).toBe(50);
  });
}

describe('RateLimiter on PostgreSQL', () => {
  let limiters: [RateLimiter, RateLimiter];

  beforeAll(async () => {
    limiters = await twoLimiters(testSettings({ DATABASE_URL: database.url }));
  });
  afterAll(() => endDatabases());

  limitsRates(() => limiters);

  it('writes nothing for an exhausted key', async () => {
    const limit = limitOf([2, 60]);
    for (let i = 0; i < 10; i++) await limiters[0].consume(limit, 'a').catch(() => undefined);
    const rows = await runSql<{ points: number }>(
      database.url,
      `SELECT points FROM rate_limits WHERE key = '${limit.name}/60:a'`,
    );
    expect(rows).toEqual([{ points: 2 }]);
  });

  it('counts in memory while the table is unavailable', async () => {
    const limit = limitOf([3, 60]);
    await runSql(database.url, 'ALTER TABLE rate_limits RENAME TO rate_limits_away');
    const started = performance.now();
    expect(await outcomes(Array.from({ length: 5 }, () => limiters[0].consume(limit, 'a')))).toBe(3);
    expect(performance.now() - started).toBeLessThan(5000);
    await runSql(database.url, 'ALTER TABLE rate_limits_away RENAME TO rate_limits');
  });
});

describeWithRedis('RateLimiter on Redis', () => {
  let redis: TestRedis;
  let limiters: [RateLimiter, RateLimiter];

  beforeAll(async () => {
    redis = (await startRedis())!;
    limiters = await twoLimiters(testSettings({ DATABASE_URL: database.url, REDIS_URL: redis.url }));
    // The clients connect in the background, and count in memory until then.
    const probe = limitOf([1, 60]);
    await waitFor(
      async () => {
        const key = String(names++);
        await limiters[0].consume(probe, key);
        return limiters[1].consume(probe, key).then(
          () => false,
          () => true,
        );
      },
      { what: 'both clients to connect' },
    );
  });
  afterAll(async () => {
    await Promise.all(limiters.map((limiter) => limiter.onApplicationShutdown()));
    await endDatabases();
    await redis.stop();
  });

  limitsRates(() => limiters);

  it('counts in memory while Redis is down', async () => {
    const limit = limitOf([3, 60]);
    await redis.kill();
    expect(await outcomes(Array.from({ length: 5 }, () => limiters[0].consume(limit, 'a')))).toBe(3);
    await redis.restart();
  });
});

describe('ConcurrencyLimiter', () => {
  let limiters: [ConcurrencyLimiter, ConcurrencyLimiter];

  beforeAll(async () => {
    const [here, there] = await twoDatabases();
    limiters = [new ConcurrencyLimiter(here), new ConcurrencyLimiter(there)];
    await Promise.all(limiters.map((limiter) => limiter.onModuleInit()));
  });
  afterAll(async () => {
    await Promise.all(limiters.map((limiter) => limiter.onApplicationShutdown()));
    await endDatabases();
  });

  it('grants at most the limit of slots to concurrent processes', async () => {
    const limit = slotsOf(3);
    const tries = Array.from({ length: 10 }, (_, i) => limiters[i % 2].acquire([limit, 'a']));
    expect(await outcomes(tries)).toBe(3);
    await expect(limiters[0].acquire([limit, 'a'])).rejects.toEqual(full);
    (await limiters[0].acquire([limit, 'b'])).release();
  });

  it('grants a released slot to another process', async () => {
    const limit = slotsOf(1);
    const slot = await limiters[0].acquire([limit, 'a']);
    await expect(limiters[1].acquire([limit, 'a'])).rejects.toEqual(full);
    slot.release();
    slot.release();
    const next = await waitFor(() => limiters[1].acquire([limit, 'a']).catch(() => undefined), { what: 'a free slot' });
    next.release();
  });

  it('acquires either all requested slots or none', async () => {
    const [one, many] = [slotsOf(1), slotsOf(2)];
    const first = await limiters[0].acquire([one, 'a'], [many, 'x']);
    await expect(limiters[1].acquire([many, 'x'], [one, 'a'])).rejects.toEqual(full);
    const second: HeldSlots = await limiters[1].acquire([one, 'b'], [many, 'x']);
    first.release();
    second.release();
  });

  it('ignores the slots of a dead process', async () => {
    const limit = slotsOf(1);
    await runSql(
      database.url,
      `INSERT INTO slot_holders VALUES ('dead', now() - interval '1 second');
       INSERT INTO slots VALUES ('dead slot', '${limit.name}/a', 'dead')`,
    );
    (await limiters[0].acquire([limit, 'a'])).release();
  });

  it('restores its slots after the table was truncated', async () => {
    const limit = slotsOf(1);
    const slot = await limiters[0].acquire([limit, 'a']);
    await runSql(database.url, 'TRUNCATE slots; TRUNCATE slot_holders');
    await waitFor(
      async () => {
        const rows = await runSql(
          database.url,
          `SELECT 1 FROM slots s JOIN slot_holders h ON h.id = s.holder_id WHERE s.key = '${limit.name}/a'`,
        );
        return rows.length === 1;
      },
      { what: 'the restored slot', timeoutMs: 15_000 },
    );
    await expect(limiters[1].acquire([limit, 'a'])).rejects.toEqual(full);
    slot.release();
  });

  it('counts the slots of its own process while the table is unavailable', async () => {
    const limit = slotsOf(2);
    await runSql(database.url, 'ALTER TABLE slots RENAME TO slots_away');
    expect(await outcomes(Array.from({ length: 4 }, () => limiters[0].acquire([limit, 'a'])))).toBe(2);
    await runSql(database.url, 'ALTER TABLE slots_away RENAME TO slots');
  });
});
