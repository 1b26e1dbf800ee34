import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { LiveBus } from '../../../core/live/live-bus.js';
import { ChatLogClock } from '../../chats/index.js';
import { DraftsRepository } from '../drafts/drafts.repository.js';
import { HistoryRepository } from '../history.repository.js';
import type { MessageEntity } from '../message.entity.js';
import type { FeedCursor } from './feed-cursor.js';
import { type FeedRow, FeedRepository } from './feed.repository.js';
import { type FeedSignal, FeedWatch } from './feed-watch.js';

/** An entry with the message that it is about, as it is now. */
export interface FeedEntry extends FeedRow {
  /** Undefined for what is about no message, and for a message that is gone. */
  message?: MessageEntity;
}

/** What has happened since the cursor before. */
export interface FeedPage {
  /** Oldest first. */
  entries: FeedEntry[];
  /** Behind the last entry; where the next page begins. */
  cursor: FeedCursor;
  /** There may be more at once. */
  isFull: boolean;
  /** Something has happened that may not be told yet, since something earlier could still come. Moments. */
  isUnsettled: boolean;
}

export interface FeedBatch {
  entries: FeedEntry[];
  cursor: FeedCursor;
  /** What is not kept: told to those who are here. */
  signals: FeedSignal[];
}

export const PAGE_SIZE = 100;

/** Between two looks at what is not settled yet: about as long as a transaction takes. */
const UNSETTLED_MS = 4;
const MAX_UNSETTLED_MS = 64;

/**
 * All that happens in the chats of a user, as one sequence in the order of time that can be read on from any place in it, in
 * whatever process. It is read from the stored logs; hints from other processes only say when to look.
 *
 *   cursor ─► settled ─► entries behind the cursor and before that time ─► told ─► cursor on ─► (hint, or a while) ─┐
 *      ▲                                                                                                                │
 *      └────────────────────────────────────────────────────────────────────────────────────────────────────────────────┘
 *
 * Entries of different chats are committed in any order, so the newest ones are not shown before all transactions that could
 * still add an earlier one are over (`ChatLogClock`). Then nothing is ever added behind a cursor, and a cursor is one place, not one a chat.
 */
@Injectable()
export class ChatFeed {
  constructor(
    private readonly feed: FeedRepository,
    private readonly history: HistoryRepository,
    private readonly drafts: DraftsRepository,
    private readonly live: LiveBus,
    private readonly clock: ChatLogClock,
  ) {}

  /** @returns the place behind all that has happened so far */
  async now(): Promise<FeedCursor> {
    return { at: (await this.clock.settled()).until, chatId: '', seq: 0 };
  }

  async read(userId: string, after: FeedCursor, limit: number = PAGE_SIZE): Promise<FeedPage> {
    const { until, hasWriters } = await this.clock.settled();
    const { rows, unsettledAt } = await this.feed.entries(userId, after, until, limit);
    // A chat that was just made has no entry yet that has raised the clock.
    if (unsettledAt !== null && !hasWriters) await this.clock.catchUp(unsettledAt);
    const last = rows.at(-1);
    const isFull = rows.length === limit;
    return {
      entries: await this.withMessages(userId, rows),
      cursor: last ? { at: last.at, chatId: last.chatId, seq: last.seq } : after,
      isFull,
      isUnsettled: unsettledAt !== null && !isFull,
    };
  }

  /**
   * Tells on and on, until the signal. Yields a batch without anything at least every `idleMs`, so that whoever listens can see
   * to its own affairs; a batch is not made before the one before it was taken.
   */
  async *follow(userId: string, after: FeedCursor, idleMs: number, signal: AbortSignal): AsyncGenerator<FeedBatch> {
    /** Chats in which what others are writing is not for the user. */
    let withoutDrafts: ReadonlySet<string> = new Set();
    const watch = new FeedWatch(userId, this.live, async () => {
      const chats = await this.feed.chats(userId);
      withoutDrafts = new Set(chats.filter(({ onlyAddressed }) => onlyAddressed).map(({ chatId }) => chatId));
      return chats.map(({ chatId }) => chatId);
    });
    const takeSignals = async (entries: FeedEntry[]) =>
      (await this.takeSignals(watch, entries)).filter(
        (signal) => !isDraft(signal) || !withoutDrafts.has(signal.chatId),
      );
    let lookedAt = performance.now();
    const isLookDue = () => performance.now() - lookedAt >= idleMs;
    /** Hints may have been lost, also those of new chats: they are looked up after silence, and now and then where there is none. */
    const look = async () => {
      await watch.refresh();
      lookedAt = performance.now();
    };
    try {
      await look();
      let cursor = after;
      let unsettledMs = UNSETTLED_MS;
      while (!signal.aborted) {
        if (isLookDue()) await look();
        const page = await this.read(userId, cursor);
        cursor = page.cursor;
        const signals = await takeSignals(page.entries);
        if (page.entries.length > 0 || signals.length > 0) yield { entries: page.entries, cursor, signals };
        if (page.isFull) continue;
        if (page.isUnsettled) {
          await sleep(unsettledMs, undefined, { signal }).catch(() => undefined);
          unsettledMs = Math.min(unsettledMs * 2, MAX_UNSETTLED_MS);
          continue;
        }
        unsettledMs = UNSETTLED_MS;
        let heard = await watch.wait(idleMs, signal);
        // What is not kept needs no look at the logs.
        for (; heard === 'signal' && !isLookDue(); heard = await watch.wait(idleMs, signal)) {
          const told = await takeSignals([]);
          if (told.length > 0) yield { entries: [], cursor, signals: told };
        }
        if (heard === 'chat') continue;
        if (signal.aborted) return;
        await look();
        yield { entries: [], cursor, signals: await takeSignals([]) };
      }
    } finally {
      watch.end();
    }
  }

  /** Drafts are looked up after the page was read: one that is found then is no message of that page. */
  private async takeSignals(watch: FeedWatch, entries: FeedEntry[]): Promise<FeedSignal[]> {
    for (const { message } of entries) if (message?.extras?.draftId) watch.closeDraft(message.extras.draftId);
    const chatIds = watch.chatsToCatchUp;
    if (chatIds.length > 0) watch.catchUp(await this.drafts.inChats(chatIds));
    return watch.takeSignals();
  }

  /** An entry about a message that the user does not see is left out. */
  private async withMessages(userId: string, rows: FeedRow[]): Promise<FeedEntry[]> {
    const tells = ({ type }: FeedRow) => type === 'message.created' || type === 'message.edited';
    const ids = [...new Set(rows.filter(tells).map(({ subjectId }) => subjectId!))];
    const found = ids.length > 0 ? await this.history.some(userId, ids) : [];
    const messages = new Map(found.map((message) => [message.id, message]));
    return rows.flatMap((row) => {
      if (!tells(row)) return [row];
      const message = messages.get(row.subjectId!);
      return message ? [{ ...row, message }] : []; // gone: its removal is told further down
    });
  }
}

const isDraft = ({ type }: FeedSignal): boolean => type === 'message.delta' || type === 'message.completed';
