import { setImmediate as nextTurn } from 'node:timers/promises';
import { Settings } from '../../../core/config/settings.js';
import type { Database } from '../../../core/database/database.js';
import type { DeliveryWakeups } from '../delivery-wakeups.js';
import type { Claim, ClaimRequest, LaneLeases, Lease } from '../lane-leases.js';
import type { DeliveryAdmission } from './delivery-admission.js';
import { DeliveryScheduler } from './delivery-scheduler.js';
import type { LaneRunner, TurnResult } from './lane-runner.js';
import type { PoolName } from './slot-pools.js';

const SLOTS = 40;
const LIMIT = 16;
/** Slots that one endpoint can have in a process. */
const SHARE = 30;

/** A database with so many due cursors of each endpoint, and bots that answer when they are told to. */
class Stage {
  readonly due = new Map<string, number>();
  readonly pools = new Map<string, PoolName>();
  readonly blocked = new Set<string>();
  readonly claims: ClaimRequest[] = [];
  /** Turns under way. */
  readonly turns: { endpointId: string; end: (result?: TurnResult) => void }[] = [];
  readonly enqueued: string[] = [];
  readonly planned: [string, number][] = [];
  /** Held back while it is set. */
  claiming: Promise<void> | undefined;
  /** Leases that other processes hold. */
  elsewhere = 0;
  /** Leases that an endpoint may have, over all processes. */
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
      noteClaimed: () => undefined,
    };
    const wakeups = {
      enqueueEndpoint: (id: string) => this.enqueued.push(id),
      enqueueShard: (id: string, shard: number) => this.shards.push([id, shard]),
      enqueueEndpointLater: (id: string, delayMs: number) => this.planned.push([id, delayMs]),
    };
    this.scheduler = new DeliveryScheduler(
      runner as unknown as LaneRunner,
      { claim: (request: ClaimRequest) => this.claim(request) } as LaneLeases,
      admission as unknown as DeliveryAdmission,
      wakeups as unknown as DeliveryWakeups,
      { inBackground: (work: () => unknown) => work() } as unknown as Database,
      Object.assign(new Settings(), { DELIVERY_CONCURRENCY: SLOTS, DELIVERY_LANES_PER_BOT: LIMIT }),
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

/** Lets all that can go on without an answer of a bot go on. */
const settle = async (): Promise<void> => {
  for (let n = 0; n < 10; n++) await nextTurn();
};

describe('DeliveryScheduler', () => {
  let stage: Stage;
  beforeEach(() => (stage = new Stage()));

  const serve = async (...endpointIds: string[]): Promise<boolean[]> => {
    const served = endpointIds.map((id) => stage.scheduler.serve(id));
    await settle();
    return served;
  };

  it('serves as many cursors of an endpoint as it may have, and the next when a turn ends', async () => {
    stage.due.set('bot', 6000);
    await serve('bot');
    expect(stage.running('bot')).toBe(LIMIT);
    stage.endOne('bot');
    await settle();
    expect([stage.running('bot'), stage.due.get('bot')]).toEqual([LIMIT, 6000 - LIMIT - 1]);
  });

  it('serves other endpoints at once beside those with thousands of due cursors', async () => {
    const greedy = ['greedy 1', 'greedy 2', 'greedy 3'];
    for (const id of greedy) stage.due.set(id, 6000);
    await serve(...greedy);
    const fast = Array.from({ length: 9 }, (_, n) => `fast ${n}`);
    for (const id of fast) stage.due.set(id, 1);
    await serve(...fast);
    expect(fast.map((id) => stage.running(id))).toEqual(fast.map(() => 1));
    expect(stage.turns.length).toBeLessThanOrEqual(SLOTS);
  });

  it('gives endpoints their turns one after the other when all slots are taken', async () => {
    const ids = Array.from({ length: SLOTS + 2 }, (_, n) => `bot ${n}`);
    for (const id of ids) stage.due.set(id, 1);
    await serve(...ids);
    expect(ids.map((id) => stage.running(id))).toEqual([...ids.slice(0, SLOTS).map(() => 1), 0, 0]);
    for (const id of ['bot 0', 'bot 1']) {
      stage.due.set(id, 1);
      stage.scheduler.serve(id);
    }
    stage.endOne('bot 0');
    stage.endOne('bot 1');
    await settle();
    expect(ids.slice(SLOTS).map((id) => stage.running(id))).toEqual([1, 1]);
    expect([stage.running('bot 0'), stage.running('bot 1')]).toEqual([0, 0]);
  });

  it('puts a cursor that has used up its turn behind the other endpoints', async () => {
    const ids = Array.from({ length: SLOTS + 1 }, (_, n) => `bot ${n}`);
    for (const id of ids) stage.due.set(id, 1);
    await serve(...ids);
    stage.due.set('bot 0', 1);
    stage.endOne('bot 0', { isYielded: true });
    await settle();
    expect([stage.running(`bot ${SLOTS}`), stage.running('bot 0')]).toEqual([1, 0]);
    stage.endOne('bot 1');
    await settle();
    expect(stage.running('bot 0')).toBe(1);
  });

  it('does not miss a wake-up that comes while a claim is under way', async () => {
    let goOn = (): void => undefined;
    stage.claiming = new Promise((resolve) => (goOn = resolve));
    await serve('bot');
    stage.claiming = undefined;
    await serve('bot'); // the statement may have looked already
    goOn();
    await settle();
    expect(stage.claims).toHaveLength(2);
  });

  it('knows so many endpoints at most, whatever waits', async () => {
    let goOn = (): void => undefined;
    stage.claiming = new Promise((resolve) => (goOn = resolve));
    const served = await serve(...Array.from({ length: 10_000 }, (_, n) => `bot ${n}`));
    expect(served.filter(Boolean)).toHaveLength(SLOTS * 8);
    expect(stage.scheduler.knownEndpoints).toHaveLength(SLOTS * 8);
    goOn();
    await settle();
    expect(stage.scheduler.knownEndpoints).toEqual([]);
  });

  it('hands endpoints with work left over to the queue when it knows many', async () => {
    const ids = Array.from({ length: SLOTS * 8 }, (_, n) => `bot ${n}`);
    for (const id of ids) stage.due.set(id, 100);
    await serve(...ids);
    expect(stage.enqueued.length).toBeGreaterThan(0);
    expect(new Set(stage.enqueued).size).toBe(stage.enqueued.length);
  });

  it('claims again after a moment when other processes hold all that an endpoint may have', async () => {
    stage.due.set('bot', 5);
    stage.elsewhere = LIMIT;
    await serve('bot');
    const claims = stage.claims.length;
    expect([claims, stage.running('bot')]).toEqual([1, 0]);
    stage.elsewhere = 0;
    while (stage.claims.length === claims) await nextTurn();
    await settle();
    expect(stage.running('bot')).toBe(5);
  });

  it('plans a wake-up for the earliest retry, and a later one only when that has passed', async () => {
    stage.due.set('bot', 3);
    await serve('bot');
    stage.endOne('bot', { isYielded: false, retryInMs: 9000 });
    stage.endOne('bot', { isYielded: false, retryInMs: 2000 });
    stage.endOne('bot', { isYielded: false, retryInMs: 5000 });
    await settle();
    expect(stage.planned).toEqual([
      ['bot', 9000],
      ['bot', 2000],
    ]);
    stage.nextRetryMs = 1500;
    await serve('bot');
    expect(stage.planned.at(-1)).toEqual(['bot', 1500]);
  });

  it('keeps a wake-up of the queue until its endpoint was served, unless the endpoint is at its own limit', async () => {
    const ids = Array.from({ length: SLOTS }, (_, n) => `bot ${n}`);
    for (const id of ids) stage.due.set(id, 1);
    await serve(...ids);
    let isDone = false;
    stage.due.set('late comer', 1);
    const inTurn = stage.scheduler.serveInTurn('late comer').then(() => (isDone = true));
    await settle();
    expect(isDone).toBe(false);
    stage.endOne('bot 0');
    await inTurn;
    expect(stage.running('late comer')).toBe(1);

    const other = new Stage();
    other.due.set('bot', 100);
    other.scheduler.serve('bot');
    await settle();
    await other.scheduler.serveInTurn('bot');
    expect(other.running('bot')).toBe(LIMIT);
  });

  it('shares an endpoint that may have more leases than one process has slots with further processes', async () => {
    const processes = [stage, new Stage(), new Stage(), new Stage()];
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

  it('does not wait for slots of its own when it is asked to help itself', async () => {
    stage.limit = 2 * SLOTS;
    stage.due.set('bot', 1000);
    await serve('bot');
    const claims = stage.claims.length;
    await stage.scheduler.serveInTurn('bot', 1);
    expect(stage.claims).toHaveLength(claims);
    stage.endOne('bot');
    await settle();
    expect([stage.running('bot'), stage.shards]).toEqual([
      SHARE,
      [
        ['bot', 1],
        ['bot', 1],
      ],
    ]);
  });

  it('claims nothing for an endpoint that may not be called', async () => {
    stage.blocked.add('bot');
    stage.due.set('bot', 5);
    await serve('bot');
    expect([stage.claims, stage.scheduler.knownEndpoints]).toEqual([[], []]);
  });

  it('claims nothing more once the process stops, and ends with the turns in hand', async () => {
    stage.due.set('bot', 100);
    await serve('bot');
    const stopped = stage.scheduler.onModuleDestroy();
    expect(await serve('other')).toEqual([false]);
    for (const { end } of [...stage.turns]) end();
    await stopped;
    expect([stage.turns, stage.due.get('bot')]).toEqual([[], 100 - LIMIT]);
  });
});
