import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { repeat } from '../../../core/timing/repeat.js';
import { FileBells } from '../file-bells.js';
import { RemovalsRepository } from '../removals.repository.js';
import { Spool } from './spool.js';

const TICK_MS = 60_000;

/**
 * Tidies up after processes that have died in the middle of an upload or of a preview: at the start, and once a minute. In every
 * process, since nobody knows which one is left.
 */
@Injectable()
export class SpoolKeeper implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(SpoolKeeper.name);
  private stop = async (): Promise<void> => undefined;

  constructor(
    private readonly spool: Spool,
    private readonly removals: RemovalsRepository,
    private readonly bells: FileBells,
  ) {}

  onApplicationBootstrap(): void {
    this.stop = repeat({ what: 'Tidying up', everyMs: TICK_MS, logger: this.logger, work: () => this.tidyUp() });
  }

  onModuleDestroy(): Promise<void> {
    return this.stop();
  }

  private async tidyUp(): Promise<void> {
    await this.spool.touch();
    const dead = await this.spool.deadInstances();
    if (dead.length === 0) return;
    // First what the database knows of them: their folders are what they are known by.
    await this.removals.abandonWorkOf(dead);
    await Promise.all(dead.map((instance) => this.spool.clear(instance)));
    this.bells.ringCleaning();
    this.logger.log(`Tidied up after ${dead.length} processes that are gone`);
  }
}
