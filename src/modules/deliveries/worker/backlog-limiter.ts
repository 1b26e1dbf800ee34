import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { DeliverySettings } from '../deliveries.settings.js';
import { runPeriodically } from '../../../core/timing/run-periodically.js';
import { ChatLog } from '../../chats/index.js';
import { BACKLOG_PAGE, BacklogRepository } from '../backlog.repository.js';

const CHECK_EVERY_MS = 5000;

/** A full endpoint stays full until its backlog is a tenth below the limit, so that chats do not open and close with each message. */
const STILL_FULL = 0.9;

/** Interval between counts of the subscriptions of an endpoint with many of them. */
const COUNT_EVERY_MS = 60_000;

/** Maximum pages of chats per run. */
const MAX_PAGES = 20;

/**
 * Closes the chats of bots whose backlog exceeds the limit: sends are rejected with the advice to try again later. Only chats with one
 * person are closed; chats with several people stay open, and the bot catches up later. Sends pay nothing for the check, since they
 * read the chat's row anyway. This service marks the rows periodically, page by page.
 */
@Injectable()
export class BacklogLimiter implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(BacklogLimiter.name);
  private readonly counts = new LRUCache<string, number>({ max: 5000, ttl: COUNT_EVERY_MS });
  /** The position of the next page of chats, by endpoint. */
  private readonly positions = new LRUCache<string, string>({ max: 5000, ttl: COUNT_EVERY_MS * 5 });
  private openedAfter = '';
  private stop: (() => Promise<void>) | undefined;

  constructor(
    private readonly backlog: BacklogRepository,
    private readonly chatLog: ChatLog,
    private readonly settings: DeliverySettings,
  ) {}

  onApplicationBootstrap(): void {
    const { logger } = this;
    this.stop = runPeriodically({
      what: 'Measuring backlogs',
      everyMs: CHECK_EVERY_MS,
      logger,
      work: () => this.mark(),
    });
  }

  async onModuleDestroy(): Promise<void> {
    await this.stop?.();
  }

  async mark(): Promise<void> {
    const limit = this.settings.DELIVERY_BACKLOG_LIMIT;
    const measured = limit === 0 ? [] : await this.measure(limit);
    const full = measured.filter(({ entries }) => entries > limit).map(({ endpointId }) => endpointId);
    const stillFull = measured
      .filter(({ entries }) => entries > limit * STILL_FULL)
      .map(({ endpointId }) => endpointId);
    let closed = 0;
    for (const endpointId of full) closed += await this.close(endpointId);
    const opened = await this.open(stillFull);
    if (closed + opened > 0)
      this.logger.warn(
        `Closed ${closed} chats and opened ${opened}: ${full.length} endpoints have a backlog of over ${limit} messages`,
      );
  }

  /** Estimates the backlog of each endpoint: exact for few subscriptions, otherwise extrapolated from the sample. */
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
      if (chatIds.length > 0) count += await this.chatLog.setBacklogged(chatIds, true);
      if (next === undefined || next === this.positions.get(endpointId)) break;
      this.positions.set(endpointId, next, { noUpdateTTL: true });
    }
    return count;
  }

  private async open(fullEndpointIds: readonly string[]): Promise<number> {
    let count = 0;
    for (let pages = 0; pages < MAX_PAGES; pages++) {
      const { chatIds, next } = await this.backlog.chatsToOpen(this.openedAfter, fullEndpointIds);
      if (chatIds.length > 0) count += await this.chatLog.setBacklogged(chatIds, false);
      this.openedAfter = next ?? '';
      if (next === undefined) break;
    }
    return count;
  }
}
