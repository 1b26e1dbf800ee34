import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { repeat } from '../../../core/timing/repeat.js';
import { FileBells } from '../file-bells.js';
import { RemovalsRepository } from '../removals.repository.js';
import { Spool } from './spool.js';

const TICK_MS = 60_000;

/**
 * Cleans up after processes that died during an upload or a preview: at the start and once a minute. Runs in every process, since
 * any of them can be the last one.
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
    this.stop = repeat({ what: 'Staging cleanup', everyMs: TICK_MS, logger: this.logger, work: () => this.cleanUp() });
  }

  onModuleDestroy(): Promise<void> {
    return this.stop();
  }

  private async cleanUp(): Promise<void> {
    await this.spool.touch();
    const dead = await this.spool.deadInstances();
    if (dead.length === 0) return;
    // The folders identify dead processes, so they are deleted after the database is updated.
    await this.removals.abandonWorkOf(dead);
    await Promise.all(dead.map((instance) => this.spool.clear(instance)));
    this.bells.ringCleaning();
    this.logger.log(`Cleaned up after ${dead.length} dead processes`);
  }
}
