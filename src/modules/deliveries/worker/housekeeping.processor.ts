import { WorkerHost } from '@nestjs/bullmq';
import { Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { Settings } from '../../../core/config/settings.js';
import { queueByName } from '../../../core/queue/bell-ringer.js';
import { BELL_JOB_OPTIONS } from '../../../core/queue/queue-definition.js';
import { QueueProcessor } from '../../../core/queue/queue-workers.module.js';
import { HOUSEKEEPING_BELL } from '../delivery.queues.js';
import { RetentionRepository } from '../housekeeping/retention.repository.js';

const EVERY_MS = 3_600_000;
/** The queue may have forgotten that there is something to do each hour; saying it again changes nothing. */
const REMIND_MS = 600_000;

/** What is kept for a while, and what it is called. */
const RETAINED = {
  attempts: 'attempts',
  deliveries: 'deliveries',
  events: 'news of endpoints',
  missed: 'messages that bots have missed',
} as const;

/** Once an hour, in one of the workers: what is older than the retention goes. */
@QueueProcessor(HOUSEKEEPING_BELL)
export class HousekeepingProcessor extends WorkerHost implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(HousekeepingProcessor.name);
  private reminder: NodeJS.Timeout | undefined;

  constructor(
    private readonly retention: RetentionRepository,
    private readonly settings: Settings,
    private readonly moduleRef: ModuleRef,
  ) {
    super();
  }

  onApplicationBootstrap(): void {
    void this.schedule();
    this.reminder = setInterval(() => void this.schedule(), REMIND_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.reminder);
  }

  async process(): Promise<void> {
    for (const [what, name] of Object.entries(RETAINED) as [keyof typeof RETAINED, string][]) {
      const count = await this.retention.clean(what, this.settings.DELIVERY_RETENTION_DAYS);
      if (count > 0) this.logger.log(`${count} old ${name} are gone`);
    }
    const ended = await this.retention.removeEnded();
    if (ended > 0) this.logger.log(`${ended} subscriptions of bots that have left are gone`);
  }

  private async schedule(): Promise<void> {
    const { name } = HOUSEKEEPING_BELL;
    try {
      await queueByName(this.moduleRef, name).upsertJobScheduler(
        name,
        { every: EVERY_MS },
        { name, opts: BELL_JOB_OPTIONS },
      );
    } catch (error) {
      this.logger.warn(`The hourly housekeeping could not be scheduled: ${(error as Error).message}`);
    }
  }
}
