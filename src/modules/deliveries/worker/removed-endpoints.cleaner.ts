import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Database } from '../../../core/database/database.js';
import { runPeriodically } from '../../../core/timing/run-periodically.js';
import { RemovedEndpointsRepository } from '../housekeeping/removed-endpoints.repository.js';

const EVERY_MS = 5000;

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
      everyMs: EVERY_MS,
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
