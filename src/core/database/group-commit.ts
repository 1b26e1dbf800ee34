import { observeQueueAge } from './database-metrics.js';
import { isUnreachable } from './outage.js';

/** The result of one item of a batch. */
export type Outcome<Result> = { value: Result } | { error: unknown };

interface Waiting<Item, Result> {
  item: Item;
  since: number;
  resolve: (result: Result) => void;
  reject: (error: unknown) => void;
}

export interface GroupCommitOptions {
  maxItems: number;
  /** Concurrent batches. Two keep the database busy while the next items are collected. */
  maxInFlight: number;
  /** Label of the metrics. Without it nothing is measured. */
  name?: string;
}

/**
 * Lets concurrent writes share one transaction: `write` resolves after the commit of the batch with its item.
 *
 *   write(item) ─► [waiting] ─► (end of this tick, or a batch is done) ─► commit(items) ─► results
 *
 * Under light load a batch is one item and nothing waits. If a whole batch fails, its items are retried one by one, so that an
 * invalid item fails alone. They are not retried if the database is unreachable: each would wait as long as the batch, and the
 * batch may have been committed.
 */
export class GroupCommit<Item, Result> {
  private waiting: Waiting<Item, Result>[] = [];
  private inFlight = 0;
  private scheduled = false;

  constructor(
    private readonly commit: (items: Item[]) => Promise<Outcome<Result>[]>,
    private readonly options: GroupCommitOptions,
  ) {}

  write(item: Item): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      this.waiting.push({ item, since: performance.now(), resolve, reject });
      this.schedule();
    });
  }

  private schedule(): void {
    if (this.scheduled || this.inFlight >= this.options.maxInFlight) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      void this.flush();
    });
  }

  private async flush(): Promise<void> {
    const batch = this.waiting.splice(0, this.options.maxItems);
    if (batch.length === 0) return;
    this.inFlight++;
    if (this.options.name) observeQueueAge(this.options.name, performance.now() - batch[0].since);
    if (this.waiting.length > 0) this.schedule();
    await this.commitBatch(batch);
    this.inFlight--;
    if (this.waiting.length > 0) this.schedule();
  }

  private async commitBatch(batch: Waiting<Item, Result>[]): Promise<void> {
    const error = await this.tryToCommit(batch);
    if (error === undefined) return;
    let isLost = isUnreachable(error);
    for (const waiting of batch) {
      const ownError = isLost || batch.length === 1 ? error : await this.tryToCommit([waiting]);
      if (ownError !== undefined) waiting.reject(ownError);
      isLost ||= isUnreachable(ownError);
    }
  }

  /** @returns the error with which the whole batch failed */
  private async tryToCommit(batch: Waiting<Item, Result>[]): Promise<unknown> {
    try {
      const outcomes = await this.commit(batch.map(({ item }) => item));
      batch.forEach((waiting, index) => settle(waiting, outcomes[index]));
      return undefined;
    } catch (error) {
      return error ?? new Error('The commit failed without an error');
    }
  }
}

function settle<Item, Result>({ resolve, reject }: Waiting<Item, Result>, outcome: Outcome<Result>): void {
  if ('error' in outcome) reject(outcome.error);
  else resolve(outcome.value);
}
