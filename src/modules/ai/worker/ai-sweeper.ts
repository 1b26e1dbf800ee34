import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Settings } from '../../../core/config/settings.js';
import { repeat } from '../../../core/timing/repeat.js';
import { AiBudgetsRepository } from '../ai-budgets.repository.js';
import { AiRunsRepository } from '../ai-runs.repository.js';
import { AiRunsService } from '../ai-runs.service.js';
import { RunClaimsRepository } from '../run-claims.repository.js';
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
  private stop = async (): Promise<void> => undefined;
  private cleanedAt = Date.now();

  constructor(
    private readonly runs: AiRunsRepository,
    private readonly claims: RunClaimsRepository,
    private readonly budgets: AiBudgetsRepository,
    private readonly service: AiRunsService,
    private readonly lost: LostRuns,
    private readonly settings: Settings,
  ) {}

  onApplicationBootstrap(): void {
    this.stop = repeat({ what: 'Sweeping', everyMs: TICK_MS, logger: this.logger, work: () => this.sweep() });
  }

  onModuleDestroy(): Promise<void> {
    return this.stop();
  }

  async sweep(): Promise<void> {
    for (const id of await this.claims.lost(BATCH)) await this.lost.takeOver(id);
    for (const key of await this.claims.due(WAITED_TOO_LONG_MS, BATCH)) this.service.ring(key);
    if (Date.now() - this.cleanedAt > CLEANING_MS) await this.clean();
  }

  async clean(): Promise<void> {
    this.cleanedAt = Date.now();
    await this.runs.forget(this.settings.AI_RUN_DAYS, DEBUG_DAYS);
    await this.budgets.forget();
  }
}
