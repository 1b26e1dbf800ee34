import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { runPeriodically } from '../../../core/timing/run-periodically.js';
import { FileWakeups } from '../file-wakeups.js';
import { PreviewJobsRepository } from './preview-jobs.repository.js';

const TICK_MS = 1000;
/** A wake-up normally takes milliseconds. */
const OVERDUE_MS = 1000;
/** A wake-up enqueued within this time can still be waiting in the queue. */
const WAKEUP_PENDING_MS = 60_000;
const BATCH = 100;
const CLEANING_TICKS = 60;

/** Enqueues wake-ups for previews whose wake-up was lost or whose process died, and for the cleaning once a minute. */
@Injectable()
export class FilesSweeper implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(FilesSweeper.name);
  private ticks = 0;
  private stop = async (): Promise<void> => undefined;

  constructor(
    private readonly jobs: PreviewJobsRepository,
    private readonly wakeups: FileWakeups,
  ) {}

  onApplicationBootstrap(): void {
    this.stop = runPeriodically({
      what: 'File sweep',
      everyMs: TICK_MS,
      logger: this.logger,
      work: () => this.sweep(),
    });
  }

  onModuleDestroy(): Promise<void> {
    return this.stop();
  }

  private async sweep(): Promise<void> {
    if (this.ticks++ % CLEANING_TICKS === 0) this.wakeups.enqueueCleaning();
    this.wakeups.enqueuePreviews(await this.jobs.sweep(OVERDUE_MS, WAKEUP_PENDING_MS, BATCH));
  }
}
