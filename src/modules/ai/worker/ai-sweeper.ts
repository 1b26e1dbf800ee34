import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Settings } from '../../../core/config/settings.js';
import { AiBudgetsRepository } from '../ai-budgets.repository.js';
import { AiRunsRepository } from '../ai-runs.repository.js';
import { AiRunsService } from '../ai-runs.service.js';
import { LostRuns } from './lost-runs.js';

const TICK_MS = 500;
/** A bell normally takes milliseconds. */
const WAITED_TOO_LONG_MS = 1000;
const BATCH = 200;
const CLEANING_MS = 3_600_000;
const DEBUG_DAYS = 7;

/** Finds what was forgotten: questions whose bell was lost, answers whose worker is gone, records that are too old. */
@Injectable()
export class AiSweeper implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(AiSweeper.name);
  private readonly stop = new AbortController();
  private running: Promise<void> = Promise.resolve();
  private cleanedAt = Date.now();

  constructor(
    private readonly runs: AiRunsRepository,
    private readonly budgets: AiBudgetsRepository,
    private readonly service: AiRunsService,
    private readonly lost: LostRuns,
    private readonly settings: Settings,
  ) {}

  onApplicationBootstrap(): void {
    this.running = this.loop();
  }

  async onModuleDestroy(): Promise<void> {
    this.stop.abort();
    await this.running;
  }

  async sweep(): Promise<void> {
    for (const id of await this.runs.lost(BATCH)) await this.lost.takeOver(id);
    for (const key of await this.runs.due(WAITED_TOO_LONG_MS, BATCH)) this.service.ring(key);
    if (Date.now() - this.cleanedAt > CLEANING_MS) await this.clean();
  }

  async clean(): Promise<void> {
    this.cleanedAt = Date.now();
    await this.runs.forget(this.settings.AI_RUN_DAYS, DEBUG_DAYS);
    await this.budgets.forget();
  }

  private async loop(): Promise<void> {
    let failing = false;
    while (!this.stop.signal.aborted) {
      try {
        await this.sweep();
        failing = false;
      } catch (error) {
        if (!failing) this.logger.warn(`Sweeping failed: ${(error as Error).message}`);
        failing = true;
      }
      await sleep(TICK_MS, undefined, { signal: this.stop.signal }).catch(() => undefined);
    }
  }
}
