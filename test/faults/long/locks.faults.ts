import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { TestRedis } from '../../support/redis.js';
import { answersOf, onEachBackend, percentile, run } from './run.js';

/** Tables of the path from the sender to the bot, each locked as `ALTER TABLE` locks it. */
const TABLES = ['chats', 'chat_events', 'messages', 'members', 'subscriptions', 'deliveries', 'endpoint_health'];
/** Longer than a lease with its slack, which is 3 s in these runs. */
const TABLE_LOCK_MS = 4000;
/** Workers read bot_endpoints between the lease and the first call: leases expire repeatedly. */
const ENDPOINTS_LOCK_MS = 16_000;
const ROW_LOCK_MS = 8000;
const LOCKED_CHATS = 4;
/** An item is refused after 4 s, plus the time of the request. */
const REFUSED_AFTER_MS = 5500;

/** Holds locks in a separate session, like a forgotten manual transaction. */
async function holding(databaseUrl: string, sql: string, values: unknown[], forMs: number): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query('BEGIN');
    await client.query(sql, values);
    await sleep(forMs);
    await client.query('ROLLBACK');
  } finally {
    await client.end();
  }
}

onEachBackend((backend, start) => {
  let redis: TestRedis | undefined;
  beforeEach(async () => void (redis = await start()));
  afterEach(() => redis?.stop());

  it('F31: loses no message while the tables of the delivery path are locked in turn', async () => {
    const outcome = await run({
      fault: `F31 ${backend}`,
      what: `bot_endpoints locked for 16 s, ${TABLES.length} other tables for 4 s each`,
      redis,
      pauseMs: 200,
      note: (result) => `refused after at most ${Math.round(Math.max(0, ...result.rejected.map(({ ms }) => ms)))} ms`,
      async harm({ databaseUrl }, progress) {
        await progress(0.05);
        const lock = (table: string, forMs: number) =>
          holding(databaseUrl, `LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`, [], forMs);
        await lock('bot_endpoints', ENDPOINTS_LOCK_MS);
        for (const table of TABLES) {
          await sleep(500);
          await lock(table, TABLE_LOCK_MS);
        }
      },
    });
    expect(outcome).toMatchObject({ lost: 0, outOfOrder: 0, alive: true });
    expect(answersOf(outcome).filter((answer) => answer !== '503 try_again')).toEqual([]);
    expect(Math.max(0, ...outcome.rejected.map(({ ms }) => ms))).toBeLessThan(REFUSED_AFTER_MS);
  });

  it('F31: does not delay other chats while the rows of four chats are locked for 8 s', async () => {
    const locked = new Set<string>();
    let [from, until] = [0, 0];
    const isMeanwhile = ({ at }: { at: number }) => at >= from && at < until;
    const outcome = await run({
      fault: `F31 ${backend}`,
      what: 'rows of 4 of 40 chats locked for 8 s',
      redis,
      pauseMs: 100,
      note: ({ tries }) => {
        const others = tries.filter((send) => isMeanwhile(send) && !locked.has(send.chatId));
        const p99 = percentile(
          others.map(({ ms }) => ms),
          0.99,
        );
        return `${others.length} sends in the others meanwhile, p99 ${Math.round(p99)} ms`;
      },
      async harm({ databaseUrl }, progress, { chats }) {
        await progress(0.2);
        for (const { id } of chats.slice(0, LOCKED_CHATS)) locked.add(id);
        from = Date.now();
        const rows = `SELECT FROM chats WHERE id = ANY($1) ORDER BY id FOR UPDATE`;
        await holding(databaseUrl, rows, [[...locked]], ROW_LOCK_MS);
        until = Date.now();
      },
    });
    expect(outcome).toMatchObject({ lost: 0, outOfOrder: 0, alive: true });
    expect(answersOf(outcome)).toEqual(['503 try_again']);
    expect(outcome.rejected.filter(({ chatId }) => !locked.has(chatId))).toEqual([]);
    const others = outcome.tries.filter((send) => isMeanwhile(send) && !locked.has(send.chatId));
    expect(others.length).toBeGreaterThan(500);
    expect(
      percentile(
        others.map(({ ms }) => ms),
        0.99,
      ),
    ).toBeLessThan(500);
  });
});
