import { LRUCache } from 'lru-cache';
import type { RelayedEntry, SocketOutcome } from '../../../socket-relay.js';

/** Entries that a process keeps. An evicted entry can be sent once more. */
const MAX_ENTRIES = 20_000;

type SessionState = 'sent' | 'timed_out';

/** A chat log entry and the sessions of this process to which it was sent. */
export class SentEntry {
  isAcknowledged = false;
  private isAcknowledging = false;
  private readonly sessions = new Map<string, SessionState>();
  private readonly waiters = new Set<() => void>();

  /** Whether a delivery waits for the outcome. */
  get hasWaiters(): boolean {
    return this.waiters.size > 0;
  }

  has(sessionId: string): boolean {
    return this.sessions.has(sessionId);
  }

  stateOf(sessionId: string): SessionState | undefined {
    return this.sessions.get(sessionId);
  }

  markSent(sessionId: string): void {
    this.sessions.set(sessionId, 'sent');
  }

  /** @returns false if another session acknowledged it before */
  beginAcknowledgement(): boolean {
    const isFirst = !this.isAcknowledging;
    this.isAcknowledging = true;
    return isFirst;
  }

  markAcknowledged(): void {
    this.isAcknowledged = true;
    this.notify();
  }

  /** The session is open and did not acknowledge the entry in time. */
  markTimedOut(sessionId: string): void {
    this.sessions.set(sessionId, 'timed_out');
    this.notify();
  }

  /** The session did not receive the entry, or closed. */
  remove(sessionId: string): void {
    this.sessions.delete(sessionId);
    this.notify();
  }

  /** @param sessionIds the open sessions that the entry is for */
  outcomeFor(sessionIds: readonly string[]): Exclude<SocketOutcome, 'sent'> {
    if (this.isAcknowledging) return this.isAcknowledged ? 'acknowledged' : 'pending';
    if (sessionIds.length === 0) return 'no_session';
    return sessionIds.every((id) => this.sessions.get(id) === 'timed_out') ? 'timed_out' : 'pending';
  }

  /** Resolves once the entry is acknowledged, `isSettled` returns true after a change, or the timeout expires. */
  waitUntil(isSettled: () => boolean, timeoutMs: number): Promise<void> {
    if (this.isAcknowledged || isSettled()) return Promise.resolve();
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.waiters.delete(check);
        resolve();
      };
      const check = () => {
        if (this.isAcknowledged || isSettled()) end();
      };
      const timer = setTimeout(end, timeoutMs);
      this.waiters.add(check);
    });
  }

  private notify(): void {
    for (const check of [...this.waiters]) check();
  }
}

/** The recently sent entries of this process. A session receives an entry once, however often a worker delivers it. */
export class SentEntries {
  private readonly entries = new LRUCache<string, SentEntry>({ max: MAX_ENTRIES });

  /** @param id distinguishes entries with equal sequence numbers, after a chat was created again with the same id */
  getOrCreate({ endpointId, chatId, seq, isRepeat }: RelayedEntry, id: string): SentEntry {
    const key = `${endpointId}\n${chatId}\n${seq}\n${id}`;
    const known = isRepeat ? undefined : this.entries.get(key);
    if (known) return known;
    const created = new SentEntry();
    this.entries.set(key, created);
    return created;
  }
}
