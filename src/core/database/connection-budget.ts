import pg from 'pg';
import type { Settings } from '../config/settings.js';
import { queueConnections } from '../queue/queue-connection.js';

/** The connections to Postgres that a process may hold at a time, by what they are for. */
export interface ConnectionBudget {
  requests: number;
  /** For what a worker does without being asked. */
  background: number;
  /** LISTEN for live updates, unless Redis carries them. */
  live: number;
  queue: number;
}

/** @param queueCount of the program */
export const connectionBudget = (settings: Settings, queueCount: number): ConnectionBudget => ({
  requests: settings.DATABASE_POOL_SIZE,
  background: settings.ROLES.includes('worker') ? Math.ceil(settings.DATABASE_POOL_SIZE / 2) : 0,
  live: settings.REDIS_URL ? 0 : 1,
  queue: queueConnections(settings, queueCount),
});

export const totalOf = ({ requests, background, live, queue }: ConnectionBudget): number =>
  requests + background + live + queue;

const USAGE = `
  SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
           - coalesce(current_setting('reserved_connections', true)::int, 0) AS usable,
         (SELECT count(*)::int FROM pg_stat_activity
          WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()) AS used`;

/**
 * Compares what this process may need with what the server has left just now.
 *
 * @returns what to tell the operator, when it does not fit
 */
export async function connectionShortage(settings: Settings, budget: ConnectionBudget): Promise<string | undefined> {
  const client = new pg.Client({ connectionString: settings.directDatabaseUrl });
  client.on('error', () => undefined); // the query says it
  await client.connect();
  try {
    const [{ usable, used }] = (await client.query<{ usable: number; used: number }>(USAGE)).rows;
    const total = totalOf(budget);
    if (used + total <= usable) return undefined;
    return (
      `This process may open ${total} connections to the database, of whose ${usable} others use ${used}. ` +
      'Raise max_connections of the server, lower DATABASE_POOL_SIZE, or run fewer processes.'
    );
  } finally {
    await client.end();
  }
}
