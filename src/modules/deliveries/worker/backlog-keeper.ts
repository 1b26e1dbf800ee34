import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Settings } from '../../../core/config/settings.js';
import { repeat } from '../../../core/timing/repeat.js';
import { ChatLog } from '../../chats/index.js';
import { BACKLOG_PAGE, BacklogRepository } from '../backlog.repository.js';

const LOOK_EVERY_MS = 5000;

/** An endpoint that had too much stays so until a tenth is worked off, so that a chat does not open and close with each message. */
const STILL_FULL = 0.9;

/** The cursors of an endpoint with many of them are counted this often. */
const COUNT_EVERY_MS = 60_000;

/** Pages of chats that are changed at one look. */
const MAX_PAGES = 20;

/**
 * Closes the chats of bots that cannot keep up, so that what is promised can still be kept: people are told to try again later. Only
 * those in which a person talks with bots alone: where there are others, they go on, and the bot hears them when it can.
 * A send costs nothing for it. It reads the chat's row anyway, and this finds out, now and then, which rows to mark: page by page.
 */
@Injectable()
export class BacklogKeeper implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(BacklogKeeper.name);
  private readonly counts = new LRUCache<string, number>({ max: 5000, ttl: COUNT_EVERY_MS });
  /** Where the next page of the waiting chats of an endpoint begins. */
  private readonly positions = new LRUCache<string, string>({ max: 5000, ttl: COUNT_EVERY_MS * 5 });
  private openedAfter = '';
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
    const waiting = limit === 0 ? [] : await this.measure(limit);
    const full = waiting.filter(({ entries }) => entries > limit).map(({ endpointId }) => endpointId);
    const stillFull = waiting.filter(({ entries }) => entries > limit * STILL_FULL).map(({ endpointId }) => endpointId);
    let closed = 0;
    for (const endpointId of full) closed += await this.close(endpointId);
    const opened = await this.open(stillFull);
    if (closed + opened > 0)
      this.logger.warn(
        `${closed} chats were closed and ${opened} opened: over ${limit} messages wait for ${full.length} bots`,
      );
  }

  /** How many entries wait for each endpoint: exactly where few cursors wait, else as many for each as for those looked at. */
  private async measure(limit: number): Promise<{ endpointId: string; entries: number }[]> {
    const measured: { endpointId: string; entries: number }[] = [];
    for (const { endpointId, cursorCount, entryCount } of await this.backlog.endpoints()) {
      const isAll = cursorCount < BACKLOG_PAGE || entryCount > limit;
      const cursors = isAll ? cursorCount : await this.countCursors(endpointId, limit);
      measured.push({ endpointId, entries: cursorCount === 0 ? 0 : (entryCount / cursorCount) * cursors });
    }
    return measured;
  }

  private async countCursors(endpointId: string, limit: number): Promise<number> {
    const count = this.counts.get(endpointId) ?? (await this.backlog.countCursors(endpointId, limit + 1));
    this.counts.set(endpointId, count, { noUpdateTTL: true });
    return count;
  }

  private async close(endpointId: string): Promise<number> {
    let count = 0;
    for (let pages = 0; pages < MAX_PAGES; pages++) {
      const { chatIds, next } = await this.backlog.chatsToClose(endpointId, this.positions.get(endpointId));
      if (chatIds.length > 0) count += await this.log.markBacklogged(chatIds, true);
      if (next === undefined || next === this.positions.get(endpointId)) break;
      this.positions.set(endpointId, next, { noUpdateTTL: true });
    }
    return count;
  }

  private async open(fullEndpointIds: readonly string[]): Promise<number> {
    let count = 0;
    for (let pages = 0; pages < MAX_PAGES; pages++) {
      const { chatIds, next } = await this.backlog.chatsToOpen(this.openedAfter, fullEndpointIds);
      if (chatIds.length > 0) count += await this.log.markBacklogged(chatIds, false);
      this.openedAfter = next ?? '';
      if (next === undefined) break;
    }
    return count;
  }
}
