import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Database } from '../../../core/database/database.js';
import { repeat } from '../../../core/timing/repeat.js';
import { DueEndpointsRepository } from '../due-endpoints.repository.js';
import { RetriesRepository } from '../retries.repository.js';
import { ChatDispatcher } from './chat-dispatcher.js';
import { DeliveryMetrics } from './delivery-metrics.js';
import { DeliveryScheduler } from './delivery-scheduler.js';

const TICK_MS = 500;
/** A wake-up normally takes milliseconds. */
const PENDING_TOO_LONG_MS = 1000;
const MAX_CHATS = 200;
const MAX_ENDPOINTS = 200;

/**
 * Finds all that should have been done: chats whose wake-up was lost, endpoints with due work that no process serves, retries that
 * were made due. Plain timers in every worker process, since they must survive what they mend: a queue that has lost everything. Each
 * part has a timer of its own, so that one that fails or waits does not hold up the others.
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
      this.stops.push(repeat({ what: `Sweeping ${part}`, everyMs: TICK_MS, logger: this.logger, work: measured }));
    }
  }

  async onModuleDestroy(): Promise<void> {
    await Promise.all(this.stops.map((stop) => stop()));
  }

  /** Dispatches chats that are pending for too long. One that is locked is tried again with the next tick. @returns how many */
  sweepChats(): Promise<number> {
    return this.dispatcher.dispatchPending(PENDING_TOO_LONG_MS, MAX_CHATS);
  }

  /** @returns how many endpoints were found */
  async sweepEndpoints(): Promise<number> {
    const endpointIds = await this.due.find(this.scheduler.knownEndpoints, MAX_ENDPOINTS);
    return endpointIds.filter((endpointId) => this.scheduler.serve(endpointId)).length;
  }

  /** Goes on with retries that were made due for too many cursors to do it at once. @returns how many cursors */
  async sweepRetries(): Promise<number> {
    const { endpointIds, count } = await this.retries.continue();
    for (const endpointId of endpointIds) this.scheduler.serve(endpointId);
    return count;
  }
}
