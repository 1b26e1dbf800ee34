import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { repeat } from '../../../core/timing/repeat.js';
import { AiRunsService } from '../ai-runs.service.js';
import { RunClaimsRepository } from '../run-claims.repository.js';
import { AiHousekeeping } from './ai-housekeeping.js';
import { LostRuns } from './lost-runs.js';

const TICK_MS = 500;
/** A bell normally takes milliseconds. */
const WAITED_TOO_LONG_MS = 1000;
const BATCH = 200;
const CLEANING_MS = 3_600_000;

/** Finds what was forgotten: questions whose bell was lost, answers whose worker is gone, records that are too old. */
@Injectable()
export class AiSweeper implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(AiSweeper.name);
  private stop = async (): Promise<void> => undefined;
  private cleanedAt = Date.now();

  constructor(
    private readonly claims: RunClaimsRepository,
    private readonly service: AiRunsService,
    private readonly lost: LostRuns,
    private readonly housekeeping: AiHousekeeping,
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

  private async clean(): Promise<void> {
    this.cleanedAt = Date.now();
    await this.housekeeping.clean();
  }
}
