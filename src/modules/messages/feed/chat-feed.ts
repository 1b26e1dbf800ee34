import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { PubSub } from '../../../core/pubsub/pubsub.js';
import { ChatLogClock } from '../../chats/index.js';
import { DraftsRepository } from '../drafts/drafts.repository.js';
import { HistoryRepository } from '../history.repository.js';
import type { MessageEntity } from '../message.entity.js';
import type { FeedCursor } from './feed-cursor.js';
import { type FeedRow, FeedRepository } from './feed.repository.js';
import { type FeedSignal, FeedWatcher } from './feed-watcher.js';

/** An entry with the current state of its message. */
export interface FeedEntry extends FeedRow {
  /** Undefined for entries without a message, and for a deleted message. */
  message?: MessageEntity;
}

/** The events after a cursor. */
export interface FeedPage {
  /** Oldest first. */
  entries: FeedEntry[];
  /** The position after the last entry; the next page begins there. */
  cursor: FeedCursor;
  /** Whether more entries can be read at once. */
  isFull: boolean;
  /** Whether entries are held back for a moment because an earlier entry could still be committed. */
  isUnsettled: boolean;
}

export interface FeedBatch {
  entries: FeedEntry[];
  cursor: FeedCursor;
  /** Signals that are not stored: sent only to connected clients. */
  signals: FeedSignal[];
}

export const PAGE_SIZE = 100;

/** Interval between two checks for unsettled entries: about the duration of a transaction. */
const UNSETTLED_MS = 4;
const MAX_UNSETTLED_MS = 64;

/**
 * The events in all chats of a user as one sequence in time order. Reading can resume at any position, in any process. The feed is read
 * from the stored logs; notifications from other processes only trigger a read.
 *
 *   cursor ─► settled time ─► read entries after the cursor and before that time ─► yield ─► advance the cursor ─► wait for a notification ─┐
 *      ▲                                                                                                                            │
 *      └────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────┘
 *
 * Entries of different chats are committed in any order, so the newest ones are held back until all transactions that could still add
 * an earlier entry have ended (`ChatLogClock`). Then no entry is ever added before a cursor, and a cursor is one position for all chats.
 */
@Injectable()
export class ChatFeed {
  constructor(
    private readonly feed: FeedRepository,
    private readonly history: HistoryRepository,
    private readonly drafts: DraftsRepository,
    private readonly pubsub: PubSub,
    private readonly clock: ChatLogClock,
  ) {}

  /** @returns the position after all events so far */
  async now(): Promise<FeedCursor> {
    return { at: (await this.clock.readSettledTime()).until, chatId: '', seq: 0 };
  }

  async read(userId: string, after: FeedCursor, limit: number = PAGE_SIZE): Promise<FeedPage> {
    const { until, hasWriters } = await this.clock.readSettledTime();
    const { rows, unsettledAt } = await this.feed.findEntries(userId, after, until, limit);
    // A newly created chat has no entry that has advanced the clock.
    if (unsettledAt !== null && !hasWriters) await this.clock.advanceTo(unsettledAt);
    const last = rows.at(-1);
    const isFull = rows.length === limit;
    return {
      entries: await this.attachMessages(userId, rows),
      cursor: last ? { at: last.at, chatId: last.chatId, seq: last.seq } : after,
      isFull,
      isUnsettled: unsettledAt !== null && !isFull,
    };
  }

  /**
   * Follows the feed until the signal aborts. Yields an empty batch at least every `idleMs`, so that the consumer can do its own work; a
   * batch is read only after the previous one was consumed.
   */
  async *follow(userId: string, after: FeedCursor, idleMs: number, signal: AbortSignal): AsyncGenerator<FeedBatch> {
    /** Chats in which drafts of others are not visible to the user. */
    let withoutDrafts: ReadonlySet<string> = new Set();
    const watcher = new FeedWatcher(userId, this.pubsub, async () => {
      const chats = await this.feed.findChats(userId);
      withoutDrafts = new Set(chats.filter(({ onlyAddressed }) => onlyAddressed).map(({ chatId }) => chatId));
      return chats.map(({ chatId }) => chatId);
    });
    const collectSignals = async (entries: FeedEntry[]) =>
      (await this.collectSignals(watcher, entries)).filter(
        (signal) => !isDraft(signal) || !withoutDrafts.has(signal.chatId),
      );
    let refreshedAt = performance.now();
    const isRefreshDue = () => performance.now() - refreshedAt >= idleMs;
    /** Notifications may be lost, also those of new chats: chats are refreshed after an idle period, and now and then without one. */
    const refresh = async () => {
      await watcher.refresh();
      refreshedAt = performance.now();
    };
    try {
      await refresh();
      let cursor = after;
      let unsettledMs = UNSETTLED_MS;
      while (!signal.aborted) {
        if (isRefreshDue()) await refresh();
        const page = await this.read(userId, cursor);
        cursor = page.cursor;
        const signals = await collectSignals(page.entries);
        if (page.entries.length > 0 || signals.length > 0) yield { entries: page.entries, cursor, signals };
        if (page.isFull) continue;
        if (page.isUnsettled) {
          await sleep(unsettledMs, undefined, { signal }).catch(() => undefined);
          unsettledMs = Math.min(unsettledMs * 2, MAX_UNSETTLED_MS);
          continue;
        }
        unsettledMs = UNSETTLED_MS;
        let wakeReason = await watcher.wait(idleMs, signal);
        // Signals are not stored, so the logs need not be read.
        for (; wakeReason === 'signal' && !isRefreshDue(); wakeReason = await watcher.wait(idleMs, signal)) {
          const newSignals = await collectSignals([]);
          if (newSignals.length > 0) yield { entries: [], cursor, signals: newSignals };
        }
        if (wakeReason === 'chat') continue;
        if (signal.aborted) return;
        await refresh();
        yield { entries: [], cursor, signals: await collectSignals([]) };
      }
    } finally {
      watcher.close();
    }
  }

  /** Drafts are read after the page: a draft found then is not a message of that page. */
  private async collectSignals(watcher: FeedWatcher, entries: FeedEntry[]): Promise<FeedSignal[]> {
    for (const { message } of entries) if (message?.extras?.draftId) watcher.closeDraft(message.extras.draftId);
    const chatIds = watcher.chatsToCatchUp;
    if (chatIds.length > 0) watcher.catchUp(await this.drafts.findByChats(chatIds));
    return watcher.drainSignals();
  }

  /** Entries about messages that the user does not see are omitted. */
  private async attachMessages(userId: string, rows: FeedRow[]): Promise<FeedEntry[]> {
    const hasMessage = ({ type }: FeedRow) => type === 'message.created' || type === 'message.edited';
    const ids = [...new Set(rows.filter(hasMessage).map(({ subjectId }) => subjectId!))];
    const found = ids.length > 0 ? await this.history.findVisible(userId, ids) : [];
    const messages = new Map(found.map((message) => [message.id, message]));
    return rows.flatMap((row) => {
      if (!hasMessage(row)) return [row];
      const message = messages.get(row.subjectId!);
      return message ? [{ ...row, message }] : []; // deleted: its removal is a later entry
    });
  }
}

const isDraft = ({ type }: FeedSignal): boolean => type === 'message.delta' || type === 'message.completed';
