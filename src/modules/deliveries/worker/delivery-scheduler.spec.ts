import { setImmediate as nextTurn } from 'node:timers/promises';
import { DeliverySettings } from '../deliveries.settings.js';
import type { Database } from '../../../core/database/database.js';
import type { DeliveryWakeups } from '../delivery-wakeups.js';
import type { Claim, ClaimRequest, SubscriptionLeases, Lease } from '../subscription-leases.js';
import type { DeliveryAdmission, PoolName } from './delivery-admission.js';
import { DeliveryScheduler } from './delivery-scheduler.js';
import type { SubscriptionRunner, TurnResult } from './subscription-runner.js';

const SLOTS = 40;
const LIMIT = 16;
/** Maximum slots of one endpoint in a process. */
const SHARE = 30;

/** A scheduler with a fake database, whose turns end on request. `due` has the number of due subscriptions by endpoint. */
class Harness {
  readonly due = new Map<string, number>();
  readonly pools = new Map<string, PoolName>();
  readonly blocked = new Set<string>();
  readonly claims: ClaimRequest[] = [];
  /** Running turns. */
  readonly turns: { endpointId: string; end: (result?: TurnResult) => void }[] = [];
  readonly enqueued: string[] = [];
  readonly planned: [string, number][] = [];
  /** Claims wait for this promise. */
  claiming: Promise<void> | undefined;
  /** Number of leases of other processes. */
  elsewhere = 0;
  /** Maximum leases of an endpoint over all processes. */
  limit = LIMIT;
  readonly shards: [string, number][] = [];
  nextRetryMs: number | undefined;
  readonly scheduler: DeliveryScheduler;

  constructor() {
    const runner = {
      leaseMs: 1000,
      run: ({ endpointId }: Lease) =>
        new Promise<TurnResult>((resolve) => {
          const turn = {
            endpointId,
            end: (result: TurnResult = { isYielded: false }) => {
              this.turns.splice(this.turns.indexOf(turn), 1);
              resolve(result);
            },
          };
          this.turns.push(turn);
        }),
    };
    const admission = {
      admit: (id: string) => Promise.resolve(this.blocked.has(id) ? 'blocked' : 'go'),
      maxLeases: () => this.limit,
      poolOf: (id: string) => this.pools.get(id) ?? 'fast',
      recordClaimed: () => undefined,
    };
    const wakeups = {
      enqueueEndpoint: (id: string) => this.enqueued.push(id),
      enqueueShard: (id: string, shard: number) => this.shards.push([id, shard]),
      enqueueEndpointLater: (id: string, delayMs: number) => this.planned.push([id, delayMs]),
    };
    this.scheduler = new DeliveryScheduler(
      runner as unknown as SubscriptionRunner,
      { claim: (request: ClaimRequest) => this.claim(request) } as SubscriptionLeases,
      admission as unknown as DeliveryAdmission,
      wakeups as unknown as DeliveryWakeups,
      { inBackground: (work: () => unknown) => work() } as unknown as Database,
      Object.assign(new DeliverySettings(), { DELIVERY_CONCURRENCY: SLOTS, DELIVERY_CONCURRENCY_PER_BOT: LIMIT }),
    );
  }

  running(endpointId: string): number {
    return this.turns.filter((turn) => turn.endpointId === endpointId).length;
  }

  endOne(endpointId: string, result?: TurnResult): void {
    this.turns.find((turn) => turn.endpointId === endpointId)!.end(result);
  }

  private async claim(request: ClaimRequest): Promise<Claim> {
    this.claims.push(request);
    await this.claiming;
    const { endpointId, slots, maxLeases } = request;
    const due = this.due.get(endpointId) ?? 0;
    const room = maxLeases - this.running(endpointId) - this.elsewhere;
    const count = Math.max(Math.min(due, slots, room), 0);
    this.due.set(endpointId, due - count);
    const leases = Array.from({ length: count }, (_, n) => ({ endpointId, chatId: `${n}`, headAttempts: 0 }) as Lease);
    return { leases, isCapped: room <= slots, nextDueMs: due > count ? -1 : this.nextRetryMs };
  }
}

/** Waits until only running turns are left. */
const settle = async (): Promise<void> => {
  for (let n = 0; n < 10; n++) await nextTurn();
};

describe('DeliveryScheduler', () => {
  let harness: Harness;
  beforeEach(() => (harness = new Harness()));

  const serve = async (...endpointIds: string[]): Promise<boolean[]> => {
    const served = endpointIds.map((id) => harness.scheduler.serve(id));
    await settle();
    return served;
  };

  it('serves subscriptions of an endpoint up to its limit, and the next one when a turn ends', async () => {
    harness.due.set('bot', 6000);
    await serve('bot');
    expect(harness.running('bot')).toBe(LIMIT);
    harness.endOne('bot');
    await settle();
    expect([harness.running('bot'), harness.due.get('bot')]).toEqual([LIMIT, 6000 - LIMIT - 1]);
  });

  it('serves other endpoints at once beside those with thousands of due subscriptions', async () => {
    const busy = ['busy 1', 'busy 2', 'busy 3'];
    for (const id of busy) harness.due.set(id, 6000);
    await serve(...busy);
    const fast = Array.from({ length: 9 }, (_, n) => `fast ${n}`);
    for (const id of fast) harness.due.set(id, 1);
    await serve(...fast);
    expect(fast.map((id) => harness.running(id))).toEqual(fast.map(() => 1));
    expect(harness.turns.length).toBeLessThanOrEqual(SLOTS);
  });

  it('serves waiting endpoints in order when all slots are used', async () => {
    const ids = Array.from({ length: SLOTS + 2 }, (_, n) => `bot ${n}`);
    for (const id of ids) harness.due.set(id, 1);
    await serve(...ids);
    expect(ids.map((id) => harness.running(id))).toEqual([...ids.slice(0, SLOTS).map(() => 1), 0, 0]);
    for (const id of ['bot 0', 'bot 1']) {
      harness.due.set(id, 1);
      harness.scheduler.serve(id);
    }
    harness.endOne('bot 0');
    harness.endOne('bot 1');
    await settle();
    expect(ids.slice(SLOTS).map((id) => harness.running(id))).toEqual([1, 1]);
    expect([harness.running('bot 0'), harness.running('bot 1')]).toEqual([0, 0]);
  });

  it('serves the other endpoints before a subscription with work left after its turn', async () => {
    const ids = Array.from({ length: SLOTS + 1 }, (_, n) => `bot ${n}`);
    for (const id of ids) harness.due.set(id, 1);
    await serve(...ids);
    harness.due.set('bot 0', 1);
    harness.endOne('bot 0', { isYielded: true });
    await settle();
    expect([harness.running(`bot ${SLOTS}`), harness.running('bot 0')]).toEqual([1, 0]);
    harness.endOne('bot 1');
    await settle();
    expect(harness.running('bot 0')).toBe(1);
  });

  it('does not miss a wake-up during a claim', async () => {
    let resolveClaim = (): void => undefined;
    harness.claiming = new Promise((resolve) => (resolveClaim = resolve));
    await serve('bot');
    harness.claiming = undefined;
    await serve('bot'); // the statement may have read the rows already
    resolveClaim();
    await settle();
    expect(harness.claims).toHaveLength(2);
  });

  it('limits the number of endpoints in memory', async () => {
    let resolveClaim = (): void => undefined;
    harness.claiming = new Promise((resolve) => (resolveClaim = resolve));
    const served = await serve(...Array.from({ length: 10_000 }, (_, n) => `bot ${n}`));
    expect(served.filter(Boolean)).toHaveLength(SLOTS * 8);
    expect(harness.scheduler.knownEndpoints).toHaveLength(SLOTS * 8);
    resolveClaim();
    await settle();
    expect(harness.scheduler.knownEndpoints).toEqual([]);
  });

  it('enqueues endpoints with work left when it holds many endpoints', async () => {
    const ids = Array.from({ length: SLOTS * 8 }, (_, n) => `bot ${n}`);
    for (const id of ids) harness.due.set(id, 100);
    await serve(...ids);
    expect(harness.enqueued.length).toBeGreaterThan(0);
    expect(new Set(harness.enqueued).size).toBe(harness.enqueued.length);
  });

  it('claims again after a delay when other processes hold all leases of an endpoint', async () => {
    harness.due.set('bot', 5);
    harness.elsewhere = LIMIT;
    await serve('bot');
    const claims = harness.claims.length;
    expect([claims, harness.running('bot')]).toEqual([1, 0]);
    harness.elsewhere = 0;
    while (harness.claims.length === claims) await nextTurn();
    await settle();
    expect(harness.running('bot')).toBe(5);
  });

  it('plans a wake-up for the earliest retry, and the next one after that', async () => {
    harness.due.set('bot', 3);
    await serve('bot');
    harness.endOne('bot', { isYielded: false, retryInMs: 9000 });
    harness.endOne('bot', { isYielded: false, retryInMs: 2000 });
    harness.endOne('bot', { isYielded: false, retryInMs: 5000 });
    await settle();
    expect(harness.planned).toEqual([
      ['bot', 9000],
      ['bot', 2000],
    ]);
    harness.nextRetryMs = 1500;
    await serve('bot');
    expect(harness.planned.at(-1)).toEqual(['bot', 1500]);
  });

  it('holds a wake-up of the queue until its endpoint is served, unless the endpoint is at its limit', async () => {
    const ids = Array.from({ length: SLOTS }, (_, n) => `bot ${n}`);
    for (const id of ids) harness.due.set(id, 1);
    await serve(...ids);
    let isDone = false;
    harness.due.set('late comer', 1);
    const inTurn = harness.scheduler.serveInTurn('late comer').then(() => (isDone = true));
    await settle();
    expect(isDone).toBe(false);
    harness.endOne('bot 0');
    await inTurn;
    expect(harness.running('late comer')).toBe(1);

    const other = new Harness();
    other.due.set('bot', 100);
    other.scheduler.serve('bot');
    await settle();
    await other.scheduler.serveInTurn('bot');
    expect(other.running('bot')).toBe(LIMIT);
  });

  it('wakes further processes for an endpoint whose limit exceeds the slots of one process', async () => {
    const processes = [harness, new Harness(), new Harness(), new Harness()];
    for (const [shard, process] of processes.entries()) {
      process.limit = 2.5 * SLOTS;
      process.elsewhere = shard * SHARE;
      process.due.set('bot', 1000);
      await process.scheduler.serveInTurn('bot', shard);
      await settle();
    }
    expect(processes.map((process) => process.running('bot'))).toEqual([SHARE, SHARE, SHARE, 2.5 * SLOTS - 3 * SHARE]);
    expect(processes.map(({ shards }) => shards)).toEqual([[['bot', 1]], [['bot', 2]], [['bot', 3]], []]);
  });

  it('drops a wake-up for a further process when it has no free slots itself', async () => {
    harness.limit = 2 * SLOTS;
    harness.due.set('bot', 1000);
    await serve('bot');
    const claims = harness.claims.length;
    await harness.scheduler.serveInTurn('bot', 1);
    expect(harness.claims).toHaveLength(claims);
    harness.endOne('bot');
    await settle();
    expect([harness.running('bot'), harness.shards]).toEqual([
      SHARE,
      [
        ['bot', 1],
        ['bot', 1],
      ],
    ]);
  });

  it('claims nothing for a blocked endpoint', async () => {
    harness.blocked.add('bot');
    harness.due.set('bot', 5);
    await serve('bot');
    expect([harness.claims, harness.scheduler.knownEndpoints]).toEqual([[], []]);
  });

  it('claims nothing after the process stops, and waits for the running turns', async () => {
    harness.due.set('bot', 100);
    await serve('bot');
    const stopped = harness.scheduler.onModuleDestroy();
    expect(await serve('other')).toEqual([false]);
    for (const { end } of [...harness.turns]) end();
    await stopped;
    expect([harness.turns, harness.due.get('bot')]).toEqual([[], 100 - LIMIT]);
  });
});
