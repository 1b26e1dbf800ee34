import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { runPeriodically } from '../../../core/timing/run-periodically.js';
import { FileWakeups } from '../file-wakeups.js';
import { RemovalsRepository } from '../removals.repository.js';
import { UploadStaging } from './upload-staging.js';

const TICK_MS = 60_000;

/**
 * Cleans up after processes that died during an upload or a preview: at the start and once a minute. Runs in every process, since
 * any of them can be the last one.
 */
@Injectable()
export class StagingCleaner implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(StagingCleaner.name);
  private stop = async (): Promise<void> => undefined;

  constructor(
    private readonly staging: UploadStaging,
    private readonly removals: RemovalsRepository,
    private readonly wakeups: FileWakeups,
  ) {}

  onApplicationBootstrap(): void {
    this.stop = runPeriodically({
      what: 'Staging cleanup',
      everyMs: TICK_MS,
      logger: this.logger,
      work: () => this.cleanUp(),
    });
  }

  onModuleDestroy(): Promise<void> {
    return this.stop();
  }

  private async cleanUp(): Promise<void> {
    await this.staging.touch();
    const dead = await this.staging.deadInstances();
    if (dead.length === 0) return;
    // The folders identify dead processes, so they are deleted after the database is updated.
    await this.removals.abandonWorkOf(dead);
    await Promise.all(dead.map((instance) => this.staging.clear(instance)));
    this.wakeups.enqueueCleaning();
    this.logger.log(`Cleaned up after ${dead.length} dead processes`);
  }
}
