import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { Settings } from '../../../core/config/settings.js';
import { Database } from '../../../core/database/database.js';
import { Bells } from '../bells.js';
import type { DueLane, LaneKey } from '../lanes.repository.js';
import { EndpointPulse } from './endpoint-pulse.js';
import { LaneRunner } from './lane-runner.js';

/** Lanes that wait here for a slot, as a multiple of the slots. More wait in the queue, where other processes find them. */
const WAITING_PER_SLOT = 8;

/** Bots that take their time, and lanes whose entry has failed several times, have slots of their own: these shares. */
const SLOW_SHARE = 0.25;
const LATE_SHARE = 0.1;

type PoolName = 'first' | 'slow' | 'late';

interface Waiting {
  lane: DueLane;
  started: () => void;
}

/** Slots of one kind, and who waits for them, first come first served. */
class Pool {
  running = 0;
  readonly waiting = new Map<string, Waiting>();

  constructor(readonly slots: number) {}
}

const keyOf = ({ endpointId, chatId }: LaneKey): string => `${endpointId}\n${chatId}`;

/**
 * Decides which lanes this process serves now, so that nobody's bot can take what belongs to the others:
 *
 *   a bot that answers  ─► most of the slots       ─┐
 *   a slow bot          ─► a quarter of them        ├─► at most so many lanes of one endpoint at a time ─► LaneRunner
 *   a late retry        ─► a tenth                 ─┘
 *
 * What waits here is written down nowhere else, and need not be: those lanes are due in the database, and rung again by the
 * sweeper, so that a process that has slots free takes them over.
 */
@Injectable()
export class LaneScheduler implements OnModuleDestroy {
  private readonly logger = new Logger(LaneScheduler.name);
  private readonly pools: Record<PoolName, Pool>;
  private readonly perEndpoint = new Map<string, number>();
  /** The lanes that wait or are served here, and whether one of the latter was rung again meanwhile. */
  private readonly known = new Map<string, { isRunning: boolean; again: boolean }>();
  private readonly turns = new Set<Promise<void>>();
  private lastTurn = Date.now();
  private stopping = false;

  constructor(
    private readonly runner: LaneRunner,
    private readonly pulse: EndpointPulse,
    private readonly bells: Bells,
    private readonly database: Database,
    private readonly settings: Settings,
  ) {
    const slots = settings.DELIVERY_CONCURRENCY;
    const share = (part: number) => Math.max(1, Math.round(slots * part));
    this.pools = {
      first: new Pool(slots),
      slow: new Pool(share(SLOW_SHARE)),
      late: new Pool(share(LATE_SHARE)),
    };
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping = true;
    for (const pool of Object.values(this.pools)) {
      for (const { started } of pool.waiting.values()) started();
      pool.waiting.clear();
    }
    await Promise.all(this.turns);
  }

  /** When a turn last began or ended here. */
  get lastTurnAt(): number {
    return this.lastTurn;
  }

  /** Serves lanes, or lets them wait their turn; those that nobody here has room for are rung. Resolves at once. */
  serveOrRing(lanes: readonly DueLane[]): void {
    const tooMany: LaneKey[] = [];
    for (const lane of lanes) {
      const { waiting, slots } = this.poolOf(lane);
      if (this.stopping || waiting.size >= slots * WAITING_PER_SLOT) tooMany.push(lane);
      else void this.admit(lane);
    }
    this.bells.ringLanes(tooMany);
  }

  /**
   * Serves a lane whose bell has come through the queue. While all slots are taken it waits, so that this process takes no more
   * bells than it can serve; but a bot that is at its own limit keeps no bell from anybody.
   */
  async serve(lane: DueLane): Promise<void> {
    if (this.stopping) return;
    const isAtItsLimit = this.isAtItsLimit(lane);
    const turn = this.admit(lane);
    if (!isAtItsLimit) await turn;
  }

  private async admit(lane: DueLane): Promise<void> {
    const key = keyOf(lane);
    const known = this.known.get(key);
    if (known) {
      // It may have looked for the last time already.
      known.again = known.isRunning;
      return;
    }
    this.known.set(key, { isRunning: false, again: false });
    const pool = this.poolOf(lane);
    await new Promise<void>((started) => {
      pool.waiting.set(key, { lane, started });
      this.startNext(pool);
    });
  }

  private poolOf(lane: DueLane): Pool {
    if (this.pulse.isSlow(lane.endpointId)) return this.pools.slow;
    return lane.isLate ? this.pools.late : this.pools.first;
  }

  private isAtItsLimit({ endpointId }: LaneKey): boolean {
    const limit = this.pulse.limit(endpointId, this.settings.DELIVERY_LANES_PER_BOT);
    return (this.perEndpoint.get(endpointId) ?? 0) >= limit;
  }

  private startNext(pool: Pool): void {
    for (const [key, { lane, started }] of pool.waiting) {
      if (pool.running >= pool.slots || this.stopping) return;
      if (this.isAtItsLimit(lane)) continue;
      pool.waiting.delete(key);
      this.start(key, lane, pool, started);
    }
  }

  private start(key: string, lane: LaneKey, pool: Pool, started: () => void): void {
    const { endpointId, chatId } = lane;
    pool.running++;
    this.lastTurn = Date.now();
    const state = this.known.get(key)!;
    state.isRunning = true;
    this.perEndpoint.set(endpointId, (this.perEndpoint.get(endpointId) ?? 0) + 1);
    const turn = this.database
      .inBackground(() => this.runner.run({ endpointId, chatId }))
      .catch((error: Error) => {
        this.logger.error(`A turn of chat ${chatId} failed: ${error.message}`, error.stack);
        return 'done' as const;
      })
      .then((outcome) => {
        pool.running--;
        this.lastTurn = Date.now();
        this.leave(endpointId);
        this.known.delete(key);
        this.turns.delete(turn);
        started();
        // A lane that has used up its turn stands at the end of the line.
        if (outcome === 'yielded' || state.again) this.serveOrRing([lane]);
        this.startNext(pool);
        for (const other of Object.values(this.pools)) if (other !== pool) this.startNext(other);
      });
    this.turns.add(turn);
  }

  private leave(endpointId: string): void {
    const count = this.perEndpoint.get(endpointId)! - 1;
    if (count > 0) this.perEndpoint.set(endpointId, count);
    else this.perEndpoint.delete(endpointId);
  }
}
