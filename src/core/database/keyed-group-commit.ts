import type { Outcome } from './group-commit.js';
import { observeQueueAge } from './database-metrics.js';
import { isLockTimeout, isUnreachable, temporarilyUnavailable } from './outage.js';

/**
 * How a batch acquires the locks of its keys:
 * - `wait`: it waits for each lock, up to `lockTimeoutMs`
 * - `skip`: it skips keys that are locked, and returns BUSY for their items
 */
export type LockMode = 'wait' | 'skip';

export interface Batch<Item> {
  readonly locks: LockMode;
  readonly lockTimeoutMs: number;
  /**
   * Takes the items; called in the transaction, and again when it is retried. From then on the transaction determines their
   * results. Items that have expired before are left out.
   */
  start(): readonly Item[];
}

/** The outcome of an item whose key was locked by another transaction. */
export const BUSY = Symbol('busy');

/** Returns one outcome for each item of `start`. */
export type KeyedCommit<Item, Result> = (batch: Batch<Item>) => Promise<(Outcome<Result> | typeof BUSY)[]>;

export interface KeyedGroupCommitOptions<Item> {
  /** Label of the metrics. */
  readonly name: string;
  readonly keyOf: (item: Item) => string;
  readonly maxItems: number;
  /** Concurrent shared batches. */
  readonly maxInFlight: number;
  /** Milliseconds after which an item that is in no transaction is rejected, and not written. */
  readonly maxWaitMs: number;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly key: string;
  readonly since: number;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
  /** Runs while the item is in no transaction. */
  timer: NodeJS.Timeout | undefined;
  isOver: boolean;
  /** A batch with the item has failed, perhaps because of it, so it is retried alone. */
  isSuspect: boolean;
}

/** The items of one key, in their order. At most one batch at a time contains some of them. */
interface KeyQueue<Item, Result> {
  readonly key: string;
  items: Waiting<Item, Result>[];
  state: 'idle' | 'ready' | 'in-flight' | 'aside';
}

/** The next shared batch waits for the one before, but no longer than this. */
const SLOW_MS = 20;
const SHARED_LOCK_TIMEOUT_MS = 200;
/** Concurrent batches of keys that are aside. */
const MAX_ASIDE = 2;
/** Total lock timeout of all keys that are aside, in one round. */
const ASIDE_ROUND_MS = 1000;
const MIN_ASIDE_LOCK_TIMEOUT_MS = 20;
const MAX_ASIDE_LOCK_TIMEOUT_MS = 500;

/**
 * A group commit for items that need the lock of a key. A key that another transaction has locked delays only its own items.
 *
 *   write ─► [ready] ─► shared batch of many keys ─────────────► results
 *                            │ lock timeout
 *                            ├─► the same batch without the locked keys ─► results
 *                            ▼
 *                         [aside] ─► all keys that are free by now, else one key alone, until it is locked ─► results
 *
 * An item that waits for `maxWaitMs` is rejected as `unavailable`, and not written. The items of a key are written in their order.
 */
export class KeyedGroupCommit<Item, Result> {
  private readonly queues = new Map<string, KeyQueue<Item, Result>>();
  private readonly ready: KeyQueue<Item, Result>[] = [];
  private readonly aside: KeyQueue<Item, Result>[] = [];
  /** Start times of the shared batches in flight, the newest last. */
  private readonly inFlight = new Set<{ startedAt: number }>();
  private asideInFlight = 0;
  private soon: NodeJS.Immediate | undefined;
  private later: NodeJS.Timeout | undefined;

  constructor(
    private readonly commit: KeyedCommit<Item, Result>,
    private readonly options: KeyedGroupCommitOptions<Item>,
  ) {}

  /** @throws DomainError unavailable `try_again` if the item was not written in time */
  write(item: Item): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      const key = this.options.keyOf(item);
      const since = performance.now();
      const waiting = { item, key, since, resolve, reject, timer: undefined, isOver: false, isSuspect: false };
      this.watch(waiting);
      const queue = this.queueOf(key);
      queue.items.push(waiting);
      if (queue.state === 'idle') this.makeReady(queue);
      this.schedule();
    });
  }

  private queueOf(key: string): KeyQueue<Item, Result> {
    const queue = this.queues.get(key) ?? { key, items: [], state: 'idle' };
    this.queues.set(key, queue);
    return queue;
  }

  private makeReady(queue: KeyQueue<Item, Result>): void {
    queue.state = 'ready';
    this.ready.push(queue);
  }

  private schedule(): void {
    if (this.soon || this.ready.length === 0 || this.inFlight.size >= this.options.maxInFlight) return;
    const newest = [...this.inFlight].at(-1);
    const delayMs = newest ? newest.startedAt + SLOW_MS - performance.now() : 0;
    if (delayMs > 0) {
      this.later ??= setTimeout(() => {
        this.later = undefined;
        this.schedule();
      }, delayMs);
      return;
    }
    clearTimeout(this.later);
    this.later = undefined;
    this.soon = setImmediate(() => {
      this.soon = undefined;
      void this.flush();
    });
  }

  private async flush(): Promise<void> {
    const batch = this.take(this.ready);
    if (batch.length > 0) {
      const flight = { startedAt: performance.now() };
      this.inFlight.add(flight);
      this.schedule();
      await this.commitShared(batch);
      this.inFlight.delete(flight);
    }
    this.schedule();
  }

  /** Takes items of the first queues in the list, and removes these queues from it. */
  private take(list: KeyQueue<Item, Result>[]): Waiting<Item, Result>[] {
    const batch: Waiting<Item, Result>[] = [];
    while (list.length > 0 && batch.length < this.options.maxItems) {
      const queue = list.shift()!;
      batch.push(...this.takeFrom(queue, this.options.maxItems - batch.length));
    }
    return batch;
  }

  private takeFrom(queue: KeyQueue<Item, Result>, maxItems: number): Waiting<Item, Result>[] {
    queue.state = 'in-flight';
    if (queue.items.length === 0) this.queues.delete(queue.key); // all of them have expired
    return queue.items.splice(0, maxItems);
  }

  private async commitShared(batch: Waiting<Item, Result>[]): Promise<void> {
    let left = batch;
    let error = await this.attempt(left, 'wait', SHARED_LOCK_TIMEOUT_MS);
    left = left.filter(isOpen);
    if (isLockTimeout(error) && new Set(left.map(({ key }) => key)).size > 1) {
      error = await this.attempt(left, 'skip', SHARED_LOCK_TIMEOUT_MS);
    }
    this.settle(batch, error);
    void this.serveAside();
  }

  /** Puts aside the items that a batch has not written, because of `error` if any, and releases its keys. */
  private settle(batch: Waiting<Item, Result>[], error: unknown): void {
    let left = batch.filter(isOpen);
    if (isUnreachable(error) || (left.length === 1 && error !== undefined && !isLockTimeout(error))) {
      // No retry if the database is unreachable: it would take as long, and the batch may have been committed.
      for (const waiting of left) this.refuse(waiting, error);
      left = [];
    }
    for (const waiting of left) {
      waiting.isSuspect ||= error !== undefined && !isLockTimeout(error);
      this.watch(waiting);
    }
    const leftOf = byKey(left);
    for (const key of new Set(batch.map((waiting) => waiting.key))) {
      const queue = this.queueOf(key);
      const ofKey = leftOf.get(key);
      if (ofKey) queue.items.unshift(...ofKey.filter(isOpen));
      if (queue.items.length === 0) this.queues.delete(key);
      else if (ofKey ?? queue.items[0].isSuspect) this.putAside(queue);
      else this.makeReady(queue);
    }
    this.schedule();
  }

  private putAside(queue: KeyQueue<Item, Result>): void {
    queue.state = 'aside';
    this.aside.push(queue);
  }

  private async serveAside(): Promise<void> {
    if (this.asideInFlight >= MAX_ASIDE) return;
    this.asideInFlight++;
    while (this.aside.length > 0) {
      if (this.aside.length > 1) await this.commitFree();
      await this.commitAlone();
    }
    this.asideInFlight--;
  }

  /** Writes the items of keys that are free by now in one batch. */
  private async commitFree(): Promise<void> {
    const queues = this.aside.filter(({ items }) => !items[0]?.isSuspect);
    const suspects = this.aside.filter(({ items }) => items[0]?.isSuspect);
    const batch = this.take(queues);
    this.aside.splice(0, this.aside.length, ...queues, ...suspects);
    if (batch.length > 0) this.settle(batch, await this.attempt(batch, 'skip', SHARED_LOCK_TIMEOUT_MS));
  }

  /** Waits for the lock of the key that has been aside for the longest time. A suspect is retried alone. */
  private async commitAlone(): Promise<void> {
    const queue = this.aside.shift();
    if (!queue) return;
    const batch = this.takeFrom(queue, queue.items[0]?.isSuspect ? 1 : this.options.maxItems);
    if (batch.length === 0) return;
    const shareMs = ASIDE_ROUND_MS / (this.aside.length + 1);
    const lockTimeoutMs = Math.min(Math.max(shareMs, MIN_ASIDE_LOCK_TIMEOUT_MS), MAX_ASIDE_LOCK_TIMEOUT_MS);
    const leftMs = Math.max(1, batch[0].since + this.options.maxWaitMs - performance.now());
    this.settle(batch, await this.attempt(batch, 'wait', Math.min(lockTimeoutMs, leftMs)));
  }

  /** @returns the error of the whole batch */
  private async attempt(items: Waiting<Item, Result>[], locks: LockMode, lockTimeoutMs: number): Promise<unknown> {
    let started: Waiting<Item, Result>[] | undefined;
    const start = (): Item[] => {
      started ??= this.begin(items);
      return started.map(({ item }) => item);
    };
    try {
      const outcomes = await this.commit({ locks, lockTimeoutMs: Math.ceil(lockTimeoutMs), start });
      started?.forEach((waiting, index) => settleItem(waiting, outcomes[index]));
      return undefined;
    } catch (error) {
      return error ?? new Error('The commit failed without an error');
    }
  }

  private begin(items: Waiting<Item, Result>[]): Waiting<Item, Result>[] {
    const now = performance.now();
    const isLate = ({ since }: Waiting<Item, Result>) => now - since >= this.options.maxWaitMs;
    for (const waiting of items) {
      clearTimeout(waiting.timer);
      if (isOpen(waiting) && isLate(waiting)) this.refuse(waiting, temporarilyUnavailable());
    }
    const started = items.filter(isOpen);
    if (started.length > 0) observeQueueAge(this.options.name, now - started[0].since);
    return started;
  }

  /** Rejects the item when it expires, unless a transaction has it by then. */
  private watch(waiting: Waiting<Item, Result>): void {
    clearTimeout(waiting.timer);
    const leftMs = waiting.since + this.options.maxWaitMs - performance.now();
    if (leftMs <= 0) this.refuse(waiting, temporarilyUnavailable());
    else waiting.timer = setTimeout(() => this.expire(waiting), leftMs);
  }

  private expire(waiting: Waiting<Item, Result>): void {
    this.refuse(waiting, temporarilyUnavailable());
    const queue = this.queues.get(waiting.key);
    if (queue) queue.items = queue.items.filter((other) => other !== waiting);
  }

  private refuse(waiting: Waiting<Item, Result>, error: unknown): void {
    clearTimeout(waiting.timer);
    waiting.isOver = true;
    waiting.reject(error);
  }
}

function settleItem<Item, Result>(waiting: Waiting<Item, Result>, outcome: Outcome<Result> | typeof BUSY): void {
  if (outcome === BUSY) return;
  waiting.isOver = true;
  if ('error' in outcome) waiting.reject(outcome.error);
  else waiting.resolve(outcome.value);
}

function byKey<Keyed extends { readonly key: string }>(items: readonly Keyed[]): Map<string, Keyed[]> {
  const groups = new Map<string, Keyed[]>();
  for (const item of items) groups.set(item.key, [...(groups.get(item.key) ?? []), item]);
  return groups;
}

const isOpen = ({ isOver }: { isOver: boolean }): boolean => !isOver;
