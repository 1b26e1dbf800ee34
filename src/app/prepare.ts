import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { ParleyLogger } from '../core/logging/parley.logger.js';
import { loadSettings } from '../core/config/load-settings.js';
import { fillSecrets } from '../core/config/secrets.js';
import { type SecretName, Settings } from '../core/config/settings.js';
import { startEmbeddedPostgres } from '../core/database/embedded/embedded-postgres.js';
import { migrate } from '../core/database/migrate.js';
import { MIGRATIONS } from './migrations.js';

export interface Environment {
  settings: Settings;
  /** Secrets that were made just now, to be shown once. */
  createdSecrets: Partial<Record<SecretName, string>>;
}

/**
 * Reads `.env`, fills in missing secrets, and validates all of it. Nothing is started yet.
 *
 * @throws SettingsError naming every fault at once
 */
export async function readEnvironment(): Promise<Environment> {
  if (existsSync('.env')) process.loadEnvFile('.env');
  const dataDir = process.env.DATA_DIR || new Settings().DATA_DIR;
  const { env, created } = await fillSecrets(process.env, dataDir);
  return { settings: loadSettings(env), createdSecrets: created };
}

/**
 * Makes a database ready for use: starts the embedded PostgreSQL when no other is set, and migrates.
 *
 * @returns what stops the database again, if it is ours
 */
export async function prepareDatabase(settings: Settings, logger: ParleyLogger): Promise<() => Promise<void>> {
  let stop = async (): Promise<void> => {};
  if (!settings.DATABASE_URL) {
    const dataDir = resolve(join(settings.DATA_DIR, 'postgres'));
    const postgres = await startEmbeddedPostgres({ dataDir, log: (line) => logger.log(line, 'Postgres') });
    settings.DATABASE_URL = postgres.url;
    stop = () => postgres.stop();
  }
  try {
    const ran = await migrate(settings, MIGRATIONS);
    if (ran.length > 0) logger.log(`Migrated the database: ${ran.join(', ')}`, 'Database');
    return stop;
  } catch (error) {
    await stop();
    throw error;
  }
}
