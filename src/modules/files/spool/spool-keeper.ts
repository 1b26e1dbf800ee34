import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
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
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly spool: Spool,
    private readonly removals: RemovalsRepository,
    private readonly bells: FileBells,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.tick();
    this.timer = setInterval(() => void this.tick(), TICK_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  private async tick(): Promise<void> {
    try {
      await this.spool.touch();
      const dead = await this.spool.deadInstances();
      if (dead.length === 0) return;
      // First what the database knows of them: their folders are what they are known by.
      await this.removals.abandonWorkOf(dead);
      await Promise.all(dead.map((instance) => this.spool.clear(instance)));
      this.bells.ringCleaning();
      this.logger.log(`Tidied up after ${dead.length} processes that are gone`);
    } catch (error) {
      this.logger.warn(`Tidying up failed: ${(error as Error).message}`);
    }
  }
}
