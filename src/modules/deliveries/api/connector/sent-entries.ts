import { LRUCache } from 'lru-cache';
import type { HandedEntry, HandOutcome } from '../../connector/socket-link.js';

/** Entries that a process remembers. One that is forgotten too early is sent once more. */
const MAX_REMEMBERED = 20_000;

type SessionState = 'sent' | 'unanswered';

/** One entry of a log, and the sessions of this process that have been sent it. */
export class SentEntry {
  isAcknowledged = false;
  private isAcknowledging = false;
  private readonly sessions = new Map<string, SessionState>();
  private readonly waiters = new Set<() => void>();

  /** Whether somebody waits for what becomes of it. */
  get isWatched(): boolean {
    return this.waiters.size > 0;
  }

  has(sessionId: string): boolean {
    return this.sessions.has(sessionId);
  }

  stateAt(sessionId: string): SessionState | undefined {
    return this.sessions.get(sessionId);
  }

  noteSent(sessionId: string): void {
    this.sessions.set(sessionId, 'sent');
  }

  /** @returns false when another session has acknowledged it before */
  beginAcknowledgement(): boolean {
    const isFirst = !this.isAcknowledging;
    this.isAcknowledging = true;
    return isFirst;
  }

  noteAcknowledged(): void {
    this.isAcknowledged = true;
    this.notify();
  }

  /** The session is alive, and has not acknowledged it for as long as it may. */
  noteUnanswered(sessionId: string): void {
    this.sessions.set(sessionId, 'unanswered');
    this.notify();
  }

  /** The session has not got it, or is over. */
  forget(sessionId: string): void {
    this.sessions.delete(sessionId);
    this.notify();
  }

  /** @param sessionIds the sessions that are there now, and are to hear of it */
  outcomeAt(sessionIds: readonly string[]): Exclude<HandOutcome, 'told'> {
    if (this.isAcknowledging) return this.isAcknowledged ? 'acknowledged' : 'pending';
    if (sessionIds.length === 0) return 'over';
    return sessionIds.every((id) => this.sessions.get(id) === 'unanswered') ? 'unanswered' : 'pending';
  }

  /** Resolves once it is acknowledged, or `isSettled` holds after a change, or the time is over. */
  settled(isSettled: () => boolean, timeoutMs: number): Promise<void> {
    if (this.isAcknowledged || isSettled()) return Promise.resolve();
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.waiters.delete(look);
        resolve();
      };
      const look = () => {
        if (this.isAcknowledged || isSettled()) end();
      };
      const timer = setTimeout(end, timeoutMs);
      this.waiters.add(look);
    });
  }

  private notify(): void {
    for (const look of [...this.waiters]) look();
  }
}

/** What the sessions of this process were sent lately: each session gets an entry once, however often a worker asks. */
export class SentEntries {
  private readonly entries = new LRUCache<string, SentEntry>({ max: MAX_REMEMBERED });

  /** @param id tells entries with the same number apart, when a chat was made anew under the same name */
  of({ endpointId, chatId, seq, isRepeat }: HandedEntry, id: string): SentEntry {
    const key = `${endpointId}\n${chatId}\n${seq}\n${id}`;
    const known = isRepeat ? undefined : this.entries.get(key);
    if (known) return known;
    const made = new SentEntry();
    this.entries.set(key, made);
    return made;
  }
}
