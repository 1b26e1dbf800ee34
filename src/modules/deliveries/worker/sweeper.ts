import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Database } from '../../../core/database/database.js';
import { runPeriodically } from '../../../core/timing/run-periodically.js';
import { DueEndpointsRepository } from '../due-endpoints.repository.js';
import { RetriesRepository } from '../retries.repository.js';
import { ChatDispatcher } from './chat-dispatcher.js';
import { DeliveryMetrics } from './delivery-metrics.js';
import { DeliveryScheduler } from './delivery-scheduler.js';
import { Settings } from '../../../core/config/settings.js';
import { BacklogRepository } from '../backlog.repository.js';

const TICK_MS = 500;
/** A dispatch by wake-up normally takes milliseconds. */
const PENDING_TOO_LONG_MS = 1000;
const MAX_CHATS = 200;
const MAX_ENDPOINTS = 200;

/**
 * Finds missed work: chats whose wake-up was lost, endpoints with due work that no process serves, and retries that are to be made due.
 * Every worker process uses plain timers, since the sweep must also work after the queue has lost all jobs. Each part has its own timer,
 * so that a part that fails or waits does not delay the others.
 */
@Injectable()
export class Sweeper implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(Sweeper.name);
  private readonly stops: (() => Promise<void>)[] = [];

  constructor(
    private readonly due: DueEndpointsRepository,
    private readonly retries: RetriesRepository,
    private readonly scheduler: DeliveryScheduler,
    private readonly dispatcher: ChatDispatcher,
    private readonly metrics: DeliveryMetrics,
    private readonly database: Database,
  ) {}

  onApplicationBootstrap(): void {
    const parts = {
      chats: () => this.sweepChats(),
      endpoints: () => this.sweepEndpoints(),
      retries: () => this.sweepRetries(),
    };
    for (const [part, work] of Object.entries(parts)) {
      const measured = () => this.database.inBackground(() => this.metrics.observeSweep(part, work));
      this.stops.push(
        runPeriodically({ what: `Sweeping ${part}`, everyMs: TICK_MS, logger: this.logger, work: measured }),
      );
    }
  }

  async onModuleDestroy(): Promise<void> {
    await Promise.all(this.stops.map((stop) => stop()));
  }

  /** Dispatches chats that are pending for too long. The next tick retries locked ones. @returns the number of chats */
  sweepChats(): Promise<number> {
    return this.dispatcher.dispatchPending(PENDING_TOO_LONG_MS, MAX_CHATS);
  }

  /** @returns the number of found endpoints */
  async sweepEndpoints(): Promise<number> {
    const endpointIds = await this.due.find(this.scheduler.knownEndpoints, MAX_ENDPOINTS);
    return endpointIds.filter((endpointId) => this.scheduler.serve(endpointId)).length;
  }

  /** Continues to make retries due where they are too many for one transaction. @returns the number of subscriptions */
  async sweepRetries(): Promise<number> {
    const { endpointIds, count } = await this.retries.continue();
    for (const endpointId of endpointIds) this.scheduler.serve(endpointId);
    return count;
  }
}

const PROGRESS_CHECK_MS = 10_000;
/** Without a turn for so long while work is due, the process is stuck. */
const MAX_IDLE_MS = 60_000;

/** Ends a worker process that has work and makes no progress. Its supervisor must restart it. */
@Injectable()
export class Watchdog implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(Watchdog.name);
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly backlog: BacklogRepository,
    private readonly scheduler: DeliveryScheduler,
    private readonly settings: Settings,
  ) {}

  onApplicationBootstrap(): void {
    // Test runs and processes with the API are not ended.
    if (this.settings.NODE_ENV === 'test' || this.settings.ROLES.includes('api')) return;
    this.timer = setInterval(() => void this.check(), PROGRESS_CHECK_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  private async check(): Promise<void> {
    const idleMs = Date.now() - this.scheduler.lastTurnAt;
    if (idleMs < MAX_IDLE_MS) return;
    const found = await this.backlog.measure().catch(() => undefined);
    if (!found || found.oldestReadySeconds * 1000 < MAX_IDLE_MS) return;
    this.logger.fatal(
      `A due subscription has waited for ${Math.round(found.oldestReadySeconds)} s without progress: exiting`,
    );
    process.exit(1);
  }
}
