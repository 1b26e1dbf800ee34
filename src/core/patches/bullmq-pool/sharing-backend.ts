import { createPostgresBackend } from 'bullmq';

/** Creates BullMQ's Postgres backend on a shared pool, and enlarges the pool by the connection on which a worker LISTENs. */
export const createSharingBackend: typeof createPostgresBackend = (name, options, kind = {}) => {
  if (kind.withBlockingConnection) (options.connection as unknown as { options: { max: number } }).options.max++;
  return createPostgresBackend(name, options, kind);
};
