import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { runPeriodically } from '../../../core/timing/run-periodically.js';
import { AiRunsService } from '../runs/ai-runs.service.js';
import { RunClaimsRepository } from '../runs/run-claims.repository.js';
import { AiCleaner } from './ai-cleaner.js';
import { OrphanedRuns } from '../runs/orphaned-runs.js';

const TICK_MS = 500;
/** A wake-up normally takes milliseconds. */
const OVERDUE_MS = 1000;
const BATCH = 200;
const CLEANING_MS = 3_600_000;

/** Recovers runs whose wake-up was lost or whose worker died, and deletes expired records. */
@Injectable()
export class AiSweeper implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(AiSweeper.name);
  private stop = async (): Promise<void> => undefined;
  private cleanedAt = Date.now();

  constructor(
    private readonly claims: RunClaimsRepository,
    private readonly service: AiRunsService,
    private readonly orphaned: OrphanedRuns,
    private readonly cleaner: AiCleaner,
  ) {}

  onApplicationBootstrap(): void {
    this.stop = runPeriodically({ what: 'AI sweep', everyMs: TICK_MS, logger: this.logger, work: () => this.sweep() });
  }

  onModuleDestroy(): Promise<void> {
    return this.stop();
  }

  async sweep(): Promise<void> {
    for (const id of await this.claims.findOrphaned(BATCH)) await this.orphaned.takeOver(id);
    for (const key of await this.claims.findDue(OVERDUE_MS, BATCH)) this.service.enqueue(key);
    if (Date.now() - this.cleanedAt > CLEANING_MS) await this.clean();
  }

  private async clean(): Promise<void> {
    this.cleanedAt = Date.now();
    await this.cleaner.clean();
  }
}
