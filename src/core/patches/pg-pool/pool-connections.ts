import type { Pool, PoolClient } from 'pg';

/** Tracks the connections of a pool, so that all of them can be replaced. */
export class PoolConnections {
  private readonly used = new Set<PoolClient>();
  private readonly outdated = new WeakSet<PoolClient>();

  constructor(private readonly pool: Pool) {
    pool.on('acquire', (client) => this.used.add(client));
    pool.on('remove', (client) => this.used.delete(client));
    pool.on('release', (_error, client) => {
      this.used.delete(client);
      // A pool discards a released connection that is ending.
      if (this.outdated.has(client)) void (client as unknown as { end(): Promise<void> }).end();
    });
  }

  /** Closes the idle connections at once, and each used one on its release. */
  replace(): void {
    for (const client of this.used) this.outdated.add(client);
    for (let idle = this.pool.idleCount; idle > 0; idle--) {
      this.pool.connect().then(
        (client) => client.release(true),
        () => undefined, // a failed connection cannot be used
      );
    }
  }
}
