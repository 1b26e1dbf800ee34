import { setTimeout as sleep } from 'node:timers/promises';
import { runMigrations as runQueueMigrations } from 'bullmq';
import pg from 'pg';
import { DataSource, type MigrationInterface } from 'typeorm';
import type { Settings } from '../config/settings.js';
import { dataSourceOptions } from './data-source.js';

type Migration = new () => MigrationInterface;

/** A unique number for the advisory lock: the bytes of "parl". */
const MIGRATION_LOCK = 0x7061726c;
const LOCK_POLL_MS = 100;

/**
 * Migrates the database to the schema of this version: the tables of the queue, then those of Parley. Several processes may
 * start at once: with an advisory lock one of them migrates while the others wait.
 *
 * @returns the names of the migrations that ran
 */
export async function migrate(settings: Settings, migrations: readonly Migration[]): Promise<string[]> {
  const lock = new pg.Client({ connectionString: settings.directDatabaseUrl });
  // A connection that breaks between two queries would otherwise crash the process. The next query reports it.
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
 * Polls for the lock. A statement that waits for it would hold a snapshot, and CREATE INDEX CONCURRENTLY of the process that has the
 * lock waits for every snapshot: a deadlock that Postgres does not detect.
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
