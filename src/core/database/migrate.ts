import { setTimeout as sleep } from 'node:timers/promises';
import { runMigrations as runQueueMigrations } from 'bullmq';
import pg from 'pg';
import { DataSource, type MigrationInterface } from 'typeorm';
import type { Settings } from '../config/settings.js';
import { dataSourceOptions } from './data-source.js';

type Migration = new () => MigrationInterface;

/** Any number that nobody else uses for an advisory lock: the bytes of "parl". */
const MIGRATION_LOCK = 0x7061726c;
const LOCK_POLL_MS = 100;

/**
 * Brings the database to this version's schema: the queue's own tables, then ours. Several processes may start at once:
 * an advisory lock lets one of them do the work while the others wait.
 *
 * @returns the names of the migrations that ran just now
 */
export async function migrate(settings: Settings, migrations: readonly Migration[]): Promise<string[]> {
  const lock = new pg.Client({ connectionString: settings.directDatabaseUrl });
  // A connection that breaks between two queries would end the process without a word of why. The next query says it.
  lock.on('error', () => undefined);
  await lock.connect();
  try {
    await acquireLock(lock);
    await runQueueMigrations(lock);
    return await runOwnMigrations(settings, migrations);
  } finally {
    await lock.end();
  }
}

/**
 * Asks again and again. A statement that waits for the lock would hold a snapshot, and CREATE INDEX CONCURRENTLY of the process that
 * has the lock waits for every snapshot: the two would wait for each other, which Postgres does not detect as a deadlock.
 */
async function acquireLock(client: pg.Client): Promise<void> {
  for (;;) {
    const { rows } = await client.query<{ isOurs: boolean }>('SELECT pg_try_advisory_lock($1) AS "isOurs"', [
      MIGRATION_LOCK,
    ]);
    if (rows[0].isOurs) return;
    await sleep(LOCK_POLL_MS);
  }
}

async function runOwnMigrations(settings: Settings, migrations: readonly Migration[]): Promise<string[]> {
  const options = dataSourceOptions(settings);
  const dataSource = new DataSource({
    ...options,
    url: settings.directDatabaseUrl,
    poolSize: 1,
    migrations: [...migrations],
    extra: { ...(options.extra as object), statement_timeout: 0, query_timeout: 0 },
  });
  await dataSource.initialize();
  try {
    const ran = await dataSource.runMigrations({ transaction: 'each' });
    return ran.map((migration) => migration.name);
  } finally {
    await dataSource.destroy();
  }
}
