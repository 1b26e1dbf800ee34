import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Settings } from '../../../core/config/settings.js';
import { repeat } from '../../../core/timing/repeat.js';
import { ChatLog } from '../../chats/index.js';
import { BacklogRepository } from '../backlog.repository.js';

const LOOK_EVERY_MS = 5000;

/**
 * Closes the chats of bots that cannot keep up, so that what is promised can still be kept: people are told to try again later. Only
 * those in which a person talks with bots alone: where there are others, they go on, and the bot hears them when it can.
 * A send costs nothing for it. It reads the chat's row anyway, and this finds out, now and then, which rows to mark.
 */
@Injectable()
export class BacklogKeeper implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(BacklogKeeper.name);
  private stop: (() => Promise<void>) | undefined;

  constructor(
    private readonly backlog: BacklogRepository,
    private readonly log: ChatLog,
    private readonly settings: Settings,
  ) {}

  onApplicationBootstrap(): void {
    const { logger } = this;
    this.stop = repeat({ what: 'Measuring backlogs', everyMs: LOOK_EVERY_MS, logger, work: () => this.mark() });
  }

  async onModuleDestroy(): Promise<void> {
    await this.stop?.();
  }

  async mark(): Promise<void> {
    const limit = this.settings.DELIVERY_BACKLOG_LIMIT;
    const full = limit === 0 ? [] : await this.backlog.fullChats(limit);
    const changed = await this.log.markBacklogged(full);
    if (changed > 0)
      this.logger.warn(`${full.length} chats are closed, since over ${limit} messages wait for their bots`);
  }
}
