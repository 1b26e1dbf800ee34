import type { LiveBus, LiveMessage } from '../../../core/live/live-bus.js';
import { userTopic } from '../../users/index.js';
import type { DraftRow } from '../drafts/drafts.repository.js';
import { chatTopic } from '../viewer-notifier.js';
import { type DraftDelta, type DraftOver, DraftWatch } from './draft-watch.js';

/** Signals that are not stored: sent only to connected clients. */
export type FeedSignal =
  /** `status`: see `PresenceService.type`. */
  | { type: 'typing'; chatId: string; userId: string; status?: string }
  | { type: 'typing.stopped'; chatId: string; userId: string }
  | DraftDelta
  | DraftOver
  | { type: 'message.read'; chatId: string; userId: string; messageId: string; at: number }
  | { type: 'chat.opened'; chatId: string }
  | { type: 'chat.closed'; chatId: string };

/** Maximum number of queued signals; further ones are dropped, as a slow client has no use for them. */
const MAX_SIGNALS = 100;

const DRAFT_HINTS: readonly unknown[] = ['delta', 'draft', 'draft-end'];

/** Subscribes to hints that a chat of a user has changed. */
export class FeedWatch {
  private readonly ends = new Map<string, () => void>();
  private readonly endUser: () => void;
  private readonly drafts = new DraftWatch();
  private signals: FeedSignal[] = [];
  private hasLogGrown = false;
  private woken = false;
  private wake: () => void = () => undefined;
  private isStale = true;
  private isLoaded = false;

  constructor(
    private readonly userId: string,
    private readonly live: LiveBus,
    private readonly listChats: () => Promise<string[]>,
  ) {
    this.endUser = live.subscribe(userTopic(userId), () => {
      this.isStale = true;
      this.wakeUp();
    });
  }

  /** Loads the chats to subscribe to. Added and removed chats since the last call become signals. */
  async refresh(): Promise<void> {
    const isFirst = !this.isLoaded;
    this.isStale = false;
    this.drafts.expire();
    this.isLoaded = true;
    const current = new Set(await this.listChats());
    for (const chatId of current) {
      if (this.ends.has(chatId)) continue;
      this.ends.set(
        chatId,
        this.live.subscribe(chatTopic(chatId), (hint) => this.onHint(chatId, hint)),
      );
      if (!isFirst) this.enqueue({ type: 'chat.opened', chatId });
    }
    for (const [chatId, end] of this.ends) {
      if (current.has(chatId)) continue;
      end();
      this.ends.delete(chatId);
      this.enqueue({ type: 'chat.closed', chatId });
    }
  }

  takeSignals(): FeedSignal[] {
    const taken = this.signals.filter(
      (signal) => signal.type !== 'message.delta' || !this.drafts.isOver(signal.draftId),
    );
    this.signals = [];
    return taken;
  }

  /** @returns the chats whose stored drafts must be read because a delta was missed */
  get chatsToCatchUp(): string[] {
    return this.drafts.isStale ? [...this.ends.keys()] : [];
  }

  catchUp(rows: readonly DraftRow[]): void {
    const ofOthers = rows.filter(({ senderId }) => senderId !== this.userId);
    for (const signal of this.drafts.catchUp(ofOthers)) this.enqueue(signal);
  }

  /** The draft is now a message in the log. */
  closeDraft(draftId: string): void {
    this.drafts.close(draftId);
  }

  /** @returns the kind of hint that ended the wait: an entry in a chat, a signal, a change of the user, or none in time */
  async wait(milliseconds: number, signal: AbortSignal): Promise<'chat' | 'signal' | 'user' | 'nothing'> {
    if (!this.woken && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, milliseconds);
        const stop = () => resolve();
        signal.addEventListener('abort', stop, { once: true });
        this.wake = () => {
          clearTimeout(timer);
          signal.removeEventListener('abort', stop);
          resolve();
        };
      }).finally(() => this.wake());
    }
    if (!this.woken) return 'nothing';
    this.woken = false;
    if (this.isStale) return 'user';
    if (!this.hasLogGrown) return 'signal';
    this.hasLogGrown = false;
    return 'chat';
  }

  end(): void {
    this.endUser();
    for (const end of this.ends.values()) end();
    this.ends.clear();
  }

  private onHint(chatId: string, hint: LiveMessage): void {
    const { kind, userId } = hint;
    if (kind !== undefined && userId === this.userId) return;
    if (kind === undefined) this.hasLogGrown = true;
    if (kind === 'typing') {
      const status = hint.status === undefined ? {} : { status: String(hint.status) };
      this.enqueue({ type: 'typing', chatId, userId: String(userId), ...status });
    }
    if (kind === 'typing-stopped') this.enqueue({ type: 'typing.stopped', chatId, userId: String(userId) });
    if (DRAFT_HINTS.includes(kind)) for (const signal of this.drafts.hear(chatId, hint)) this.enqueue(signal);
    if (kind === 'read') {
      const { messageId, at } = hint;
      this.enqueue({
        type: 'message.read',
        chatId,
        userId: String(userId),
        messageId: String(messageId),
        at: Number(at),
      });
    }
    this.wakeUp();
  }

  /** Deltas of one draft are merged, so that a slow reader gets them all; other signals above the limit are dropped. */
  private enqueue(signal: FeedSignal): void {
    const last = this.signals.at(-1);
    if (signal.type === 'message.delta' && last?.type === 'message.delta' && continues(last, signal)) {
      this.signals[this.signals.length - 1] = { ...last, text: last.text + signal.text };
    } else if (this.signals.length < MAX_SIGNALS) this.signals.push(signal);
    else if (signal.type === 'message.delta') this.drafts.forget(signal.draftId);
  }

  private wakeUp(): void {
    this.woken = true;
    this.wake();
  }
}

const continues = (last: DraftDelta, next: DraftDelta): boolean =>
  last.draftId === next.draftId && last.from + last.text.length === next.from;
