import { WorkerHost } from '@nestjs/bullmq';
import { Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { DeliverySettings } from '../deliveries.settings.js';
import { queueByName } from '../../../core/queue/wakeup-publisher.js';
import { WAKEUP_JOB_OPTIONS } from '../../../core/queue/queue-definition.js';
import { QueueProcessor } from '../../../core/queue/queue-workers.module.js';
import { HOUSEKEEPING_WAKEUP } from '../delivery.queues.js';
import { RetentionRepository } from '../housekeeping/retention.repository.js';

const EVERY_MS = 3_600_000;
/** The job scheduler is upserted this often, since the queue may have lost it. */
const UPSERT_EVERY_MS = 600_000;

/** The kinds of rows with a retention, and their names in logs. */
const RETAINED = {
  attempts: 'attempts',
  deliveries: 'deliveries',
  events: 'endpoint events',
  missed: 'missed messages of bots',
} as const;

/** Deletes rows that are older than the retention, once an hour in one of the workers. */
@QueueProcessor(HOUSEKEEPING_WAKEUP)
export class HousekeepingProcessor extends WorkerHost implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(HousekeepingProcessor.name);
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly retention: RetentionRepository,
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
    for (const [kind, name] of Object.entries(RETAINED) as [keyof typeof RETAINED, string][]) {
      const count = await this.retention.clean(kind, this.settings.DELIVERY_RETENTION_DAYS);
      if (count > 0) this.logger.log(`Deleted ${count} old ${name}`);
    }
    const ended = await this.retention.removeEnded();
    if (ended > 0) this.logger.log(`Deleted ${ended} subscriptions of bots that have left`);
  }

  private async schedule(): Promise<void> {
    const { name } = HOUSEKEEPING_WAKEUP;
    try {
      await queueByName(this.moduleRef, name).upsertJobScheduler(
        name,
        { every: EVERY_MS },
        { name, opts: WAKEUP_JOB_OPTIONS },
      );
    } catch (error) {
      this.logger.warn(`Scheduling the hourly housekeeping failed: ${(error as Error).message}`);
    }
  }
}
