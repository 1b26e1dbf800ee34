import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { FileBells } from '../file-bells.js';
import { PreviewJobsRepository } from './preview-jobs.repository.js';

const TICK_MS = 1000;
/** A bell normally takes milliseconds. */
const OVERDUE_MS = 1000;
/** A bell that was rung this lately may still be waiting its turn behind others. */
const RUNG_LATELY_MS = 60_000;
const BATCH = 100;
const CLEANING_TICKS = 60;

/** Rings again for previews whose bell was lost or whose maker died, and once a minute for the cleaning. */
@Injectable()
export class FilesSweeper implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(FilesSweeper.name);
  private readonly stop = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly jobs: PreviewJobsRepository,
    private readonly bells: FileBells,
  ) {}

  onApplicationBootstrap(): void {
    this.running = this.loop();
  }

  async onModuleDestroy(): Promise<void> {
    this.stop.abort();
    await this.running;
  }

  private async loop(): Promise<void> {
    let failing = false;
    for (let tick = 0; !this.stop.signal.aborted; tick++) {
      if (tick % CLEANING_TICKS === 0) this.bells.ringCleaning();
      try {
        this.bells.ringPreviews(await this.jobs.sweep(OVERDUE_MS, RUNG_LATELY_MS, BATCH));
        failing = false;
      } catch (error) {
        if (!failing) this.logger.warn(`Sweeping failed: ${(error as Error).message}`);
        failing = true;
      }
      await sleep(TICK_MS, undefined, { signal: this.stop.signal }).catch(() => undefined);
    }
  }
}
