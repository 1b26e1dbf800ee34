import { WorkerHost } from '@nestjs/bullmq';
import { Logger, type OnApplicationBootstrap, type OnModuleDestroy, Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { DeliverySettings } from '../deliveries.settings.js';
import { queueByName } from '../../../core/queue/wakeup-publisher.js';
import { WAKEUP_JOB_OPTIONS } from '../../../core/queue/queue-definition.js';
import { QueueProcessor } from '../../../core/queue/queue-workers.module.js';
import { HOUSEKEEPING_WAKEUP } from '../delivery.queues.js';
import {
  EndpointRecordsRegistry,
  RetentionRepository,
  RemovedEndpointsRepository,
} from '../housekeeping/housekeeping.repository.js';
import { Database } from '../../../core/database/database.js';
import { runPeriodically } from '../../../core/timing/run-periodically.js';

const CLEAN_EVERY_MS = 3_600_000;
/** The job scheduler is upserted this often, since the queue may have lost it. */
const UPSERT_EVERY_MS = 600_000;

/** The kinds of rows with a retention, and their names in logs. */
const RETAINED = {
  attempts: 'attempts',
  deliveries: 'deliveries',
  events: 'endpoint events',
} as const;

/** Deletes rows that are older than the retention, once an hour in one of the workers. */
@QueueProcessor(HOUSEKEEPING_WAKEUP)
export class HousekeepingProcessor extends WorkerHost implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(HousekeepingProcessor.name);
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly retention: RetentionRepository,
    private readonly records: EndpointRecordsRegistry,
    private readonly settings: DeliverySettings,
    private readonly moduleRef: ModuleRef,
  ) {
    super();
  }

  onApplicationBootstrap(): void {
    void this.schedule();
    this.timer = setInterval(() => void this.schedule(), UPSERT_EVERY_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  async process(): Promise<void> {
    const days = this.settings.DELIVERY_RETENTION_DAYS;
    for (const [kind, what] of Object.entries(RETAINED) as [keyof typeof RETAINED, string][])
      this.report(await this.retention.clean(kind, days), `old ${what}`);
    for (const records of this.records.all) this.report(await records.deleteOld(days), `old ${records.what}`);
    this.report(await this.retention.removeEnded(), 'subscriptions of bots that have left');
  }

  private report(count: number, what: string): void {
    if (count > 0) this.logger.log(`Deleted ${count} ${what}`);
  }

  private async schedule(): Promise<void> {
    const { name } = HOUSEKEEPING_WAKEUP;
    try {
      await queueByName(this.moduleRef, name).upsertJobScheduler(
        name,
        { every: CLEAN_EVERY_MS },
        { name, opts: WAKEUP_JOB_OPTIONS },
      );
    } catch (error) {
      this.logger.warn(`Scheduling the hourly housekeeping failed: ${(error as Error).message}`);
    }
  }
}

const REMOVE_EVERY_MS = 5000;

/** Deletes the rows of removed endpoints, in batches. */
@Injectable()
export class RemovedEndpointsCleaner implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(RemovedEndpointsCleaner.name);
  private stop = async (): Promise<void> => undefined;
  private isStopping = false;

  constructor(
    private readonly removed: RemovedEndpointsRepository,
    private readonly database: Database,
  ) {}

  onApplicationBootstrap(): void {
    const work = () => this.database.inBackground(() => this.clean());
    this.stop = runPeriodically({
      what: 'Deleting the rows of removed endpoints',
      everyMs: REMOVE_EVERY_MS,
      logger: this.logger,
      work,
    });
  }

  async onModuleDestroy(): Promise<void> {
    this.isStopping = true;
    await this.stop();
  }

  /** @returns the number of deleted rows */
  async clean(): Promise<number> {
    let total = 0;
    while (!this.isStopping) {
      const count = await this.removed.removeBatch();
      if (count === undefined) break;
      total += count;
    }
    if (total > 0) this.logger.log(`Deleted ${total} rows of removed endpoints`);
    return total;
  }
}
