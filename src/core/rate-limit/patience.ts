/** How long a request waits for the store of limits. */
export const PATIENCE_MS = 1000;
/** How long the store is left alone after it has failed. */
const REST_MS = 2000;

/**
 * Asks a store that may be away. A limit protects the server; an outage of its store must neither refuse a caller nor keep it waiting.
 * After a failure the store is not asked for a while, so that only few requests notice.
 */
export class Patience {
  private askAgainAt = -Infinity;

  /** @throws Error when the store has failed, does not answer in time, or has done so a moment ago */
  async ask<T>(question: () => Promise<T>): Promise<T> {
    if (performance.now() < this.askAgainAt) throw new Error('The store of limits is away.');
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error('The store of limits does not answer.')), PATIENCE_MS);
    });
    try {
      return await Promise.race([question(), late]);
    } catch (error) {
      this.askAgainAt = performance.now() + REST_MS;
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }
}
