import { setImmediate as nextTurn } from 'node:timers/promises';

interface Load<T> {
  isStarted: boolean;
  result: Promise<T>;
}

/**
 * Lets equal reads of concurrent requests share one result: requests join a read that has not started yet. At most one read per key runs
 * at a time; the next one starts when it ends. A request never joins a read that has started, so it sees all that was committed before it.
 */
export class SharedRead<T> {
  private readonly last = new Map<string, Load<T>>();

  /** @returns the shared result, which must not be modified @throws as `load` */
  get(key: string, load: () => Promise<T>): Promise<T> {
    const last = this.last.get(key);
    if (last && !last.isStarted) return last.result;
    const next: Load<T> = { isStarted: false, result: undefined as never };
    this.last.set(key, next);
    next.result = this.run(key, last, next, load);
    return next.result;
  }

  private async run(key: string, last: Load<T> | undefined, next: Load<T>, load: () => Promise<T>): Promise<T> {
    await (last ? last.result.catch(() => undefined) : nextTurn());
    next.isStarted = true;
    try {
      return await load();
    } finally {
      if (this.last.get(key) === next) this.last.delete(key);
    }
  }
}
