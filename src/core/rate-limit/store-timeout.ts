/** Milliseconds that a request waits for the rate limit store. */
export const STORE_TIMEOUT_MS = 1000;
/** Milliseconds without requests to the store after a failure. */
const REST_MS = 2000;

/**
 * Queries a store with a timeout and a pause after failures. An outage of the store of a limit must neither reject nor delay callers;
 * during the pause queries fail at once, so that only few requests are delayed.
 */
export class StoreTimeout {
  private retryAt = -Infinity;

  /** @throws Error if the store fails or does not respond in time, or during the pause */
  async run<T>(question: () => Promise<T>): Promise<T> {
    if (performance.now() < this.retryAt) throw new Error('The rate limit store is unavailable.');
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error('The rate limit store did not respond in time.')), STORE_TIMEOUT_MS);
    });
    try {
      return await Promise.race([question(), late]);
    } catch (error) {
      this.retryAt = performance.now() + REST_MS;
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }
}
