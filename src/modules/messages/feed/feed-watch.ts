import type { LiveBus, LiveMessage } from '../../../core/live/live-bus.js';
import { userTopic } from '../../users/index.js';
import { chatTopic } from '../viewer-notifier.js';

/** What is told to those who are here, and not kept. */
export type FeedSignal =
  | { type: 'typing'; chatId: string; userId: string }
  | { type: 'message.read'; chatId: string; userId: string; messageId: string; at: number }
  | { type: 'chat.opened'; chatId: string }
  | { type: 'chat.closed'; chatId: string };

/** More are dropped: whoever does not keep up has no use for them. */
const MAX_SIGNALS = 100;

/** Listens for hints that something has happened in one of a user's chats. */
export class FeedWatch {
  private readonly ends = new Map<string, () => void>();
  private readonly endUser: () => void;
  private signals: FeedSignal[] = [];
  private woken = false;
  private wake: () => void = () => undefined;
  private isStale = true;
  private hasLooked = false;

  constructor(
    private readonly userId: string,
    private readonly live: LiveBus,
    private readonly listChats: () => Promise<string[]>,
  ) {
    this.endUser = live.subscribe(userTopic(userId), () => {
      this.isStale = true;
      this.ring();
    });
  }

  /** Looks up which chats there are to listen to. What has come and gone since the last time is a signal. */
  async refresh(): Promise<void> {
    const isFirst = !this.hasLooked;
    this.isStale = false;
    this.hasLooked = true;
    const current = new Set(await this.listChats());
    for (const chatId of current) {
      if (this.ends.has(chatId)) continue;
      this.ends.set(
        chatId,
        this.live.subscribe(chatTopic(chatId), (hint) => this.hear(chatId, hint)),
      );
      if (!isFirst) this.note({ type: 'chat.opened', chatId });
    }
    for (const [chatId, end] of this.ends) {
      if (current.has(chatId)) continue;
      end();
      this.ends.delete(chatId);
      this.note({ type: 'chat.closed', chatId });
    }
  }

  takeSignals(): FeedSignal[] {
    const taken = this.signals;
    this.signals = [];
    return taken;
  }

  /** @returns what was heard: of an entry in a chat, of the user itself, or nothing for so long */
  async wait(milliseconds: number, signal: AbortSignal): Promise<'chat' | 'user' | 'nothing'> {
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
    return this.isStale ? 'user' : 'chat';
  }

  end(): void {
    this.endUser();
    for (const end of this.ends.values()) end();
    this.ends.clear();
  }

  private hear(chatId: string, hint: LiveMessage): void {
    const { kind, userId } = hint;
    if (kind !== undefined && userId === this.userId) return;
    if (kind === 'typing') this.note({ type: 'typing', chatId, userId: String(userId) });
    if (kind === 'read') {
      const { messageId, at } = hint;
      this.note({ type: 'message.read', chatId, userId: String(userId), messageId: String(messageId), at: Number(at) });
    }
    this.ring();
  }

  private note(signal: FeedSignal): void {
    if (this.signals.length < MAX_SIGNALS) this.signals.push(signal);
  }

  private ring(): void {
    this.woken = true;
    this.wake();
  }
}
