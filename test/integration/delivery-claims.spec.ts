import { Database } from '../../src/core/database/database.js';
import { DueEndpointsRepository } from '../../src/modules/deliveries/due-endpoints.repository.js';
import { BacklogRepository } from '../../src/modules/deliveries/backlog.repository.js';
import {
  SubscriptionLeases,
  type SubscriptionProgress,
  type Lease,
} from '../../src/modules/deliveries/subscription-leases.js';
import { RetriesRepository } from '../../src/modules/deliveries/retries.repository.js';
import { type RunningDomain, startDomain } from '../support/domain.js';
import { type Sink, startSink } from '../support/sink.js';
import { deliveryFixtures } from './delivery-fixtures.js';

const LEASE_MS = 60_000;

/** The test acts as the workers; none runs. */
describe('claims of due subscriptions', () => {
  let domain: RunningDomain;
  let sink: Sink;
  let first: SubscriptionLeases;
  let second: SubscriptionLeases;
  const { get, query, aChat } = deliveryFixtures(
    () => domain,
    () => sink,
  );

  beforeAll(async () => {
    sink = await startSink();
    domain = await startDomain();
    [first, second] = [new SubscriptionLeases(get(Database)), new SubscriptionLeases(get(Database))];
  });
  afterAll(async () => {
    await domain.close();
    await sink.close();
  });

  /** Creates an endpoint with due cursors in separate chats, one second apart. */
  async function endpointWith(cursors: number, dueAt = `now() - interval '1 hour' + n * interval '1 second'`) {
    const { bot, endpoint, chat } = await aChat();
    await query('DELETE FROM subscriptions WHERE endpoint_id = $1', [endpoint.id]);
    await query(
      `INSERT INTO chats (id, kind, last_seq, last_at, created_at) SELECT $1 || '-' || n, 'group', 5, now(), now() FROM generate_series(1, $2::integer) n`,
      [chat.id, cursors],
    );
    await get(Database).pool.query(
      `INSERT INTO subscriptions (endpoint_id, chat_id, bot_id, cursor_seq, due_at)
       SELECT $1, $2 || '-' || n, $3, 4, ${dueAt} FROM generate_series(1, $4::integer) n`,
      [endpoint.id, chat.id, bot.id, cursors],
    );
    return { id: endpoint.id, botId: bot.id, chatId: (n: number) => `${chat.id}-${n}` };
  }

  const claim = (leases: SubscriptionLeases, endpointId: string, slots: number, maxLeases = 16) =>
    leases.claim({ endpointId, slots, maxLeases, leaseMs: LEASE_MS });

  const progress = (lease: Lease, more: Partial<SubscriptionProgress> = {}): SubscriptionProgress => ({
    cursorSeq: lease.cursorSeq + 1,
    headAttempts: 0,
    headBody: null,
    gapSeq: null,
    deliveries: [],
    attempts: [],
    step: { kind: 'finish' },
    ...more,
  });

  it('take the oldest due cursors first, and report when the next is due', async () => {
    const endpoint = await endpointWith(5);
    const { leases, nextDueMs } = await claim(first, endpoint.id, 3);
    expect(leases.map(({ chatId }) => chatId).sort()).toEqual([1, 2, 3].map(endpoint.chatId));
    expect(nextDueMs).toBeLessThan(0);
    expect((await claim(first, endpoint.id, 3)).leases).toHaveLength(2);
    expect(await claim(first, endpoint.id, 3)).toEqual({ leases: [], isCapped: false, nextDueMs: undefined });

    const later = await endpointWith(2, `now() + n * interval '1 hour'`);
    const none = await claim(first, later.id, 3);
    expect(none.leases).toEqual([]);
    expect(none.nextDueMs! / 60_000).toBeCloseTo(60, 0);
  });

  it('respect the limit of an endpoint over all processes, also concurrently', async () => {
    const endpoint = await endpointWith(60);
    const claimAll = async (process: SubscriptionLeases): Promise<Lease[]> => {
      const { leases } = await claim(process, endpoint.id, 5, 16);
      return leases.length === 0 ? [] : [...leases, ...(await claimAll(process))];
    };
    const leases = (await Promise.all([first, second].map(claimAll))).flat();
    expect(leases).toHaveLength(16);
    expect(new Set(leases.map(({ chatId }) => chatId)).size).toBe(16);
    expect(await claim(second, endpoint.id, 5, 16)).toMatchObject({ leases: [], isCapped: true });

    await first.record(leases[0], progress(leases[0]), LEASE_MS);
    expect((await claim(second, endpoint.id, 5, 16)).leases).toHaveLength(1);
  });

  it('do not wait for a cursor that is locked, and report that there is more', async () => {
    const endpoint = await endpointWith(3);
    const claimed = await get(Database).transaction(async () => {
      await query('SELECT 1 FROM subscriptions WHERE endpoint_id = $1 AND chat_id = $2 FOR UPDATE', [
        endpoint.id,
        endpoint.chatId(1),
      ]);
      return claim(new SubscriptionLeases({ pipeline: pooled() } as never), endpoint.id, 3);
    });
    expect(claimed.leases.map(({ chatId }) => chatId).sort()).toEqual([2, 3].map(endpoint.chatId));
    expect(claimed.nextDueMs).toBeLessThan(0);
    expect((await claim(second, endpoint.id, 3)).leases).toHaveLength(1);
  });

  /** `together` uses another connection than the transaction. */
  const pooled = () => get(Database).pipeline.bind(get(Database));

  it('take over a cursor whose lease has expired, and reject later records of its worker', async () => {
    const endpoint = await endpointWith(1);
    const [lost] = (await claim(first, endpoint.id, 1)).leases;
    expect((await claim(second, endpoint.id, 1)).leases).toEqual([]);
    await query('UPDATE subscriptions SET lease_until = clock_timestamp() WHERE endpoint_id = $1', [endpoint.id]);
    const [taken] = (await claim(second, endpoint.id, 1)).leases;
    expect(taken.token).not.toBe(lost.token);
    expect(await first.record(lost, progress(lost), LEASE_MS)).toBe('lost');
    expect(await second.record(taken, progress(taken), LEASE_MS)).toBe('ended');
  });

  it('serve several endpoints in one statement', async () => {
    const endpoints = await Promise.all([endpointWith(2), endpointWith(2), endpointWith(2)]);
    const together = jest.spyOn(get(Database), 'pipeline');
    const claims = await Promise.all(endpoints.map(({ id }) => claim(first, id, 5)));
    expect(together).toHaveBeenCalledTimes(1);
    together.mockRestore();
    expect(claims.map(({ leases }) => leases.length)).toEqual([2, 2, 2]);
    claims.forEach(({ leases }, n) => leases.forEach(({ endpointId }) => expect(endpointId).toBe(endpoints[n].id)));
  });

  it('record an entry without texts that Postgres rejects, and advance the cursor', async () => {
    const endpoint = await endpointWith(2);
    const { leases } = await claim(first, endpoint.id, 2);
    const attempt = {
      number: 1,
      httpStatus: 200,
      errorCode: '',
      durationMs: 1,
      requestId: '',
      trigger: 'auto',
    } as const;
    const row = { seq: 5, eventId: 'evt', status: 'delivered', reason: '', attempts: 1 } as const;
    const states = await Promise.all(
      leases.map((lease, n) => {
        const responseHead = n === 0 ? 'half a pair: \ud83d' : 'fine';
        return first.record(
          lease,
          progress(lease, { deliveries: [row], attempts: [{ ...attempt, seq: 5, responseHead }] }),
          LEASE_MS,
        );
      }),
    );
    expect(states).toEqual(['ended', 'ended']);
    const heads = await query<{ head: string }>(
      'SELECT response_head AS head FROM attempts WHERE endpoint_id = $1 ORDER BY chat_id = $2 DESC',
      [endpoint.id, leases[0].chatId],
    );
    expect(heads.map(({ head }) => head)).toEqual(['', 'fine']);
    expect(
      await query('SELECT 1 FROM subscriptions WHERE endpoint_id = $1 AND cursor_seq = 5', [endpoint.id]),
    ).toHaveLength(2);
  });

  describe('with 20,000 due cursors of endpoints that may not be called', () => {
    const BLOCKED = 5000;
    const STATES = [
      `is_paused) VALUES ($1, true`,
      `state) VALUES ($1, 'disabled'`,
      `state, blocked_until) VALUES ($1, 'open', now() + interval '1 hour'`,
      `blocked_until) VALUES ($1, now() + interval '1 hour'`,
    ];
    let callable: { id: string; botId: string };

    beforeAll(async () => {
      await query('DELETE FROM subscriptions');
      for (const state of STATES) {
        const { id } = await endpointWith(BLOCKED);
        await query(`INSERT INTO endpoint_health (endpoint_id, ${state})`, [id]);
      }
      callable = await endpointWith(3, `now() - interval '10 seconds'`);
      await query('ANALYZE subscriptions');
    }, 60_000);

    /** Buffers that Postgres reads for the first query of `work`. */
    async function buffersOf(work: () => Promise<unknown>): Promise<number> {
      const spy = jest.spyOn(get(Database), 'query');
      await work();
      const [[{ text }, values]] = spy.mock.calls;
      spy.mockRestore();
      const { rows } = await get(Database).pool.query<{ 'QUERY PLAN': [{ Plan: Record<string, number> }] }>(
        `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${text}`,
        values,
      );
      const plan = rows[0]['QUERY PLAN'][0].Plan;
      return plan['Shared Hit Blocks'] + plan['Shared Read Blocks'];
    }

    it('finds the others with a few index reads', async () => {
      const due = get(DueEndpointsRepository);
      expect(await due.find([], 100)).toEqual([callable.id]);
      expect(await due.find([callable.id], 100)).toEqual([]);
      expect(await buffersOf(() => due.find([], 100))).toBeLessThan(200);
    });

    it('measures only the others', async () => {
      const backlog = get(BacklogRepository);
      const { readySubscriptions, oldestReadySeconds, endpoints } = await backlog.measure();
      expect([readySubscriptions, endpoints.length]).toEqual([3, 1]);
      expect(oldestReadySeconds).toBeGreaterThanOrEqual(10);
      expect(endpoints[0]).toMatchObject({ endpointId: callable.id, transport: 'callback', count: 3 });
      expect(await buffersOf(() => get(DueEndpointsRepository).measure())).toBeLessThan(200);
    });

    it('samples the backlog of each endpoint that is not disabled', async () => {
      const backlogs = await get(BacklogRepository).endpoints();
      expect(backlogs.map(({ cursorCount, entryCount }) => [cursorCount, entryCount]).sort()).toEqual([
        [1000, 1000],
        [1000, 1000],
        [1000, 1000],
        [3, 3],
      ]);
      // A page of cursors and their chats for each, whatever the number of cursors.
      expect(await buffersOf(() => get(BacklogRepository).endpoints())).toBeLessThan(20_000);
    });

    it('finds each endpoint once, the longest waiting first, regardless of its due cursors', async () => {
      const older = await endpointWith(2000, `now() - interval '1 day'`);
      expect(await get(DueEndpointsRepository).find([], 100)).toEqual([older.id, callable.id]);
      await query('DELETE FROM subscriptions WHERE endpoint_id = $1', [older.id]);
    });
  });

  it('make the retries of an endpoint due in batches, each once, except leased ones', async () => {
    const endpoint = await endpointWith(2500, `now() + interval '1 day'`);
    const other = await endpointWith(1, `now() + interval '1 day'`);
    await query(
      `UPDATE subscriptions SET lease_token = 'x', lease_until = now() + interval '1 hour' WHERE chat_id = $1`,
      [endpoint.chatId(7)],
    );
    const retries = get(RetriesRepository);
    const waiting = async () =>
      (await query('SELECT 1 FROM subscriptions WHERE endpoint_id = $1 AND due_at > now()', [endpoint.id])).length;
    await get(Database).transaction(() => retries.makeDue(endpoint.id));
    expect(await waiting()).toBeGreaterThanOrEqual(1500);
    // An attempt that fails meanwhile schedules its retry, which is not made due.
    const [lease] = (await claim(first, endpoint.id, 1)).leases;
    await first.record(lease, progress(lease, { step: { kind: 'later', delayMs: 3_600_000 } }), LEASE_MS);

    const done = await Promise.all([retries.continue(), retries.continue()]);
    expect(done.flatMap(({ endpointIds }) => endpointIds)).toContain(endpoint.id);
    expect(await waiting()).toBe(2);
    expect(
      await query('SELECT 1 FROM subscriptions WHERE endpoint_id = $1 AND due_at > now()', [other.id]),
    ).toHaveLength(1);
    expect(await retries.continue()).toEqual({ endpointIds: [], count: 0 });
  });
});
