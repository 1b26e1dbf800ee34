import type { PubSub, PubSubMessage } from '../../../core/pubsub/pubsub.js';
import { userTopic } from '../../users/index.js';
import type { DraftRow } from '../drafts/drafts.repository.js';
import { chatTopic } from '../viewer-notifier.js';
import { type DraftDelta, type DraftEnded, DraftTracker } from './draft-tracker.js';

/** Signals that are not stored: sent only to connected clients. */
export type FeedSignal =
  /** `status`: see `PresenceService.startTyping`. */
  | { type: 'typing'; chatId: string; userId: string; status?: string }
  | { type: 'typing.stopped'; chatId: string; userId: string }
  | DraftDelta
  | DraftEnded
  | { type: 'message.read'; chatId: string; userId: string; messageId: string; at: number }
  | { type: 'chat.opened'; chatId: string }
  | { type: 'chat.closed'; chatId: string };

/** Maximum number of queued signals; further ones are dropped, as a slow client has no use for them. */
const MAX_SIGNALS = 100;

const DRAFT_NOTIFICATIONS: readonly unknown[] = ['delta', 'draft', 'draft-end'];

/** Subscribes to notifications that a chat of a user has changed. */
export class FeedWatcher {
  private readonly unsubscribes = new Map<string, () => void>();
  private readonly unsubscribeUser: () => void;
  private readonly drafts = new DraftTracker();
  private signals: FeedSignal[] = [];
  private hasLogGrown = false;
  private isNotified = false;
  private wake: () => void = () => undefined;
  private isStale = true;
  private isLoaded = false;

  constructor(
    private readonly userId: string,
    private readonly pubsub: PubSub,
    private readonly listChats: () => Promise<string[]>,
  ) {
    this.unsubscribeUser = pubsub.subscribe(userTopic(userId), () => {
      this.isStale = true;
      this.wakeUp();
    });
  }

  /** Loads the chats to subscribe to. Added and removed chats since the last call become signals. */
  async refresh(): Promise<void> {
    const isFirst = !this.isLoaded;
    this.isStale = false;
    this.drafts.requireLoad();
    this.isLoaded = true;
    const current = new Set(await this.listChats());
    for (const chatId of current) {
      if (this.unsubscribes.has(chatId)) continue;
      this.unsubscribes.set(
        chatId,
        this.pubsub.subscribe(chatTopic(chatId), (notification) => this.onNotification(chatId, notification)),
      );
      if (!isFirst) this.enqueue({ type: 'chat.opened', chatId });
    }
    for (const [chatId, end] of this.unsubscribes) {
      if (current.has(chatId)) continue;
      end();
      this.unsubscribes.delete(chatId);
      this.enqueue({ type: 'chat.closed', chatId });
    }
  }

  drainSignals(): FeedSignal[] {
    const taken = this.signals.filter(
      (signal) => signal.type !== 'message.delta' || !this.drafts.hasEnded(signal.draftId),
    );
    this.signals = [];
    return taken;
  }

  /** @returns the chats whose stored drafts must be read because a delta was missed */
  get chatsToCatchUp(): string[] {
    return this.drafts.mustLoad ? [...this.unsubscribes.keys()] : [];
  }

  catchUp(rows: readonly DraftRow[]): void {
    const others = rows.filter(({ senderId }) => senderId !== this.userId);
    for (const signal of this.drafts.catchUp(others)) this.enqueue(signal);
  }

  /** The draft is now a message in the log. */
  closeDraft(draftId: string): void {
    this.drafts.close(draftId);
  }

  /** @returns the kind of notification that ended the wait: an entry in a chat, a signal, a change of the user, or none in time */
  async wait(milliseconds: number, signal: AbortSignal): Promise<'chat' | 'signal' | 'user' | 'nothing'> {
    if (!this.isNotified && !signal.aborted) {
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
    if (!this.isNotified) return 'nothing';
    this.isNotified = false;
    if (this.isStale) return 'user';
    if (!this.hasLogGrown) return 'signal';
    this.hasLogGrown = false;
    return 'chat';
  }

  close(): void {
    this.unsubscribeUser();
    for (const end of this.unsubscribes.values()) end();
    this.unsubscribes.clear();
  }

  private onNotification(chatId: string, notification: PubSubMessage): void {
    const { kind, userId } = notification;
    if (kind !== undefined && userId === this.userId) return;
    if (kind === undefined) this.hasLogGrown = true;
    if (kind === 'typing') {
      const status = notification.status === undefined ? {} : { status: String(notification.status) };
      this.enqueue({ type: 'typing', chatId, userId: String(userId), ...status });
    }
    if (kind === 'typing-stopped') this.enqueue({ type: 'typing.stopped', chatId, userId: String(userId) });
    if (DRAFT_NOTIFICATIONS.includes(kind))
      for (const signal of this.drafts.handle(chatId, notification)) this.enqueue(signal);
    if (kind === 'read') {
      const { messageId, at } = notification;
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
    else if (signal.type === 'message.delta') this.drafts.reset(signal.draftId);
  }

  private wakeUp(): void {
    this.isNotified = true;
    this.wake();
  }
}

const continues = (last: DraftDelta, next: DraftDelta): boolean =>
  last.draftId === next.draftId && last.from + last.text.length === next.from;
