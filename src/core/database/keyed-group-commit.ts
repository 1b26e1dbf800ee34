import type { Outcome } from './group-commit.js';
import { observeQueueAge } from './database-metrics.js';
import { isLockTimeout, isUnreachable, tryAgain } from './outage.js';

/**
 * How a batch takes the locks of its keys:
 * - `wait`: it waits for each of them, up to `lockTimeoutMs`
 * - `skip`: it leaves out those that are locked, and answers BUSY for their items
 */
export type LockMode = 'wait' | 'skip';

export interface Batch<Item> {
  readonly locks: LockMode;
  readonly lockTimeoutMs: number;
  /**
   * Takes the items; called in the transaction, and again when the transaction is done again. From here on the transaction decides
   * what becomes of them. Those whose time was up before are left out.
   */
  start(): readonly Item[];
}

/** The outcome of an item whose key was locked by another transaction. */
export const BUSY = Symbol('busy');

/** One outcome for each item that `start` has returned. */
export type KeyedCommit<Item, Result> = (batch: Batch<Item>) => Promise<(Outcome<Result> | typeof BUSY)[]>;

export interface KeyedGroupCommitOptions<Item> {
  /** In the metrics. */
  readonly name: string;
  readonly keyOf: (item: Item) => string;
  readonly maxItems: number;
  /** Shared batches that are under way at a time. */
  readonly maxInFlight: number;
  /** After this time an item that is in no transaction is refused, and is not written. */
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
  /** A batch with it has failed, perhaps because of it: it is tried by itself. */
  isSuspect: boolean;
}

/** The items of one key, in their order. At most one batch at a time has some of them. */
interface KeyQueue<Item, Result> {
  readonly key: string;
  items: Waiting<Item, Result>[];
  state: 'idle' | 'ready' | 'in-flight' | 'aside';
}

/** The next shared batch waits for the one before, but not for one that takes longer than this. */
const SLOW_MS = 20;
const SHARED_LOCK_TIMEOUT_MS = 200;
/** Batches of keys that are aside, at a time. */
const MAX_ASIDE = 2;
/** How long all keys that are aside may wait for their locks, in one round. */
const ASIDE_ROUND_MS = 1000;
const MIN_ASIDE_LOCK_TIMEOUT_MS = 20;
const MAX_ASIDE_LOCK_TIMEOUT_MS = 500;

/**
 * A group commit for items that need the lock of a key. A key that another transaction has locked delays nobody but its own items.
 *
 *   write ─► [ready] ─► shared batch of many keys ─────────────► answers
 *                            │ a lock is not had in time
 *                            ├─► the same batch without the keys that are locked ─► answers
 *                            ▼
 *                         [aside] ─► all that are free by now, else one key by itself, until its lock is had ─► answers
 *
 * An item that waits for `maxWaitMs` is refused as `unavailable`, and is not written. The items of a key are written in their order.
 */
export class KeyedGroupCommit<Item, Result> {
  private readonly queues = new Map<string, KeyQueue<Item, Result>>();
  private readonly ready: KeyQueue<Item, Result>[] = [];
  private readonly aside: KeyQueue<Item, Result>[] = [];
  /** When each shared batch that is under way has begun, the newest last. */
  private readonly inFlight = new Set<{ startedAt: number }>();
  private asideInFlight = 0;
  private soon: NodeJS.Immediate | undefined;
  private later: NodeJS.Timeout | undefined;

  constructor(
    private readonly commit: KeyedCommit<Item, Result>,
    private readonly options: KeyedGroupCommitOptions<Item>,
  ) {}

  /** @throws DomainError unavailable `try_again` when the item was not written in time */
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

  /** Takes items of the first queues in the list, and these queues out of it. */
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

  /** Puts aside what a batch has not written, for this error if there was one, and lets go of its keys. */
  private settle(batch: Waiting<Item, Result>[], error: unknown): void {
    let left = batch.filter(isOpen);
    if (isUnreachable(error) || (left.length === 1 && error !== undefined && !isLockTimeout(error))) {
      // Of a database that is not to be heard, nothing else is asked: it would take as long, and the batch may have been committed.
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

  /** Writes what belongs to keys that are free by now, all in one batch. */
  private async commitFree(): Promise<void> {
    const queues = this.aside.filter(({ items }) => !items[0]?.isSuspect);
    const suspects = this.aside.filter(({ items }) => items[0]?.isSuspect);
    const batch = this.take(queues);
    this.aside.splice(0, this.aside.length, ...queues, ...suspects);
    if (batch.length > 0) this.settle(batch, await this.attempt(batch, 'skip', SHARED_LOCK_TIMEOUT_MS));
  }

  /** Waits for the lock of the key that has been aside for the longest time. A suspect is tried by itself. */
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

  /** @returns the error with which all of it has failed */
  private async attempt(items: Waiting<Item, Result>[], locks: LockMode, lockTimeoutMs: number): Promise<unknown> {
    let started: Waiting<Item, Result>[] | undefined;
    const start = (): Item[] => {
      started ??= this.begin(items);
      return started.map(({ item }) => item);
    };
    try {
      const outcomes = await this.commit({ locks, lockTimeoutMs: Math.ceil(lockTimeoutMs), start });
      started?.forEach((waiting, index) => answer(waiting, outcomes[index]));
      return undefined;
    } catch (error) {
      return error ?? new Error('The commit failed without saying why');
    }
  }

  private begin(items: Waiting<Item, Result>[]): Waiting<Item, Result>[] {
    const now = performance.now();
    const isLate = ({ since }: Waiting<Item, Result>) => now - since >= this.options.maxWaitMs;
    for (const waiting of items) {
      clearTimeout(waiting.timer);
      if (isOpen(waiting) && isLate(waiting)) this.refuse(waiting, tryAgain());
    }
    const started = items.filter(isOpen);
    if (started.length > 0) observeQueueAge(this.options.name, now - started[0].since);
    return started;
  }

  /** Refuses the item when its time is up, unless a transaction has it by then. */
  private watch(waiting: Waiting<Item, Result>): void {
    clearTimeout(waiting.timer);
    const leftMs = waiting.since + this.options.maxWaitMs - performance.now();
    if (leftMs <= 0) this.refuse(waiting, tryAgain());
    else waiting.timer = setTimeout(() => this.expire(waiting), leftMs);
  }

  private expire(waiting: Waiting<Item, Result>): void {
    this.refuse(waiting, tryAgain());
    const queue = this.queues.get(waiting.key);
    if (queue) queue.items = queue.items.filter((other) => other !== waiting);
  }

  private refuse(waiting: Waiting<Item, Result>, error: unknown): void {
    clearTimeout(waiting.timer);
    waiting.isOver = true;
    waiting.reject(error);
  }
}

function answer<Item, Result>(waiting: Waiting<Item, Result>, outcome: Outcome<Result> | typeof BUSY): void {
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
