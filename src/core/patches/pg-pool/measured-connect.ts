import type { Pool } from 'pg';

type Connect = (callback?: (...results: unknown[]) => void) => Promise<unknown> | void;

/**
 * Measures how long callers wait for a connection of a pool.
 *
 * @param observe receives milliseconds, also of a failed wait
 */
export function measureConnect(pool: Pool, observe: (waitMs: number) => void): void {
  const connect = (pool.connect as unknown as Connect).bind(pool);
  const measured: Connect = (callback) => {
    const startedAt = performance.now();
    const done = () => observe(performance.now() - startedAt);
    if (!callback) return (connect() as Promise<unknown>).finally(done);
    return connect((...results) => {
      done();
      callback(...results);
    });
  };
  pool.connect = measured as unknown as Pool['connect'];
}
