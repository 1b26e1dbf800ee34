import pg from 'pg';
import type { Settings } from '../config/settings.js';
import { queueConnections } from '../queue/queue-connection.js';

/** The maximum number of Postgres connections of a process, by purpose. */
export interface ConnectionBudget {
  requests: number;
  /** Background work of a worker. */
  background: number;
  /** LISTEN for live updates, unless Redis transports them. */
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
 * Compares the connections that this process may need with those that the server has left.
 *
 * @returns a warning for the operator if there are too few
 */
export async function connectionShortage(settings: Settings, budget: ConnectionBudget): Promise<string | undefined> {
  const client = new pg.Client({ connectionString: settings.directDatabaseUrl });
  client.on('error', () => undefined); // the query reports it
  await client.connect();
  try {
    const [{ usable, used }] = (await client.query<{ usable: number; used: number }>(USAGE)).rows;
    const total = totalOf(budget);
    if (used + total <= usable) return undefined;
    return (
      `This process may open ${total} database connections, but other clients use ${used} of ${usable}. ` +
      'Increase max_connections of the server, reduce DATABASE_POOL_SIZE, or run fewer processes.'
    );
  } finally {
    await client.end();
  }
}
