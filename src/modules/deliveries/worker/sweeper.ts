import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Database } from '../../../core/database/database.js';
import { runPeriodically } from '../../../core/timing/run-periodically.js';
import { DueEndpointsRepository } from '../due-endpoints.repository.js';
import { RetriesRepository } from '../retries.repository.js';
import { ChatDispatcher } from './chat-dispatcher.js';
import { DeliveryMetrics } from './delivery-metrics.js';
import { DeliveryScheduler } from './delivery-scheduler.js';

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
