import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { ParleyLogger } from '../core/logging/parley.logger.js';
import { loadSettings } from '../core/config/load-settings.js';
import { fillSecrets } from '../core/config/secrets.js';
import { type SecretName, Settings } from '../core/config/settings.js';
import { PASSABLE_FOLDER, PRIVATE_FOLDER, restrictFolder } from '../core/filesystem/private-files.js';
import { startEmbeddedPostgres } from '../core/database/embedded/embedded-postgres.js';

export interface Environment {
  settings: Settings;
  /** The names of the secrets that were made just now. */
  createdSecrets: SecretName[];
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
  return { settings: loadSettings(env), createdSecrets: Object.keys(created) as SecretName[] };
}

/**
 * Takes the rights of other accounts from the folders that the server keeps things in, as far as they are there already. The
 * account that the embedded PostgreSQL runs as beside root passes through the data folder to its own.
 *
 * @param log is told of folders that cannot be changed
 */
export async function restrictDataFolders(settings: Settings, log: (line: string) => void): Promise<void> {
  const folders = [
    { folder: settings.DATA_DIR, mode: process.getuid?.() === 0 ? PASSABLE_FOLDER : PRIVATE_FOLDER },
    { folder: settings.filesDir, mode: PRIVATE_FOLDER },
    { folder: settings.aiRecordingsDir, mode: PRIVATE_FOLDER },
  ];
  for (const { folder, mode } of folders) {
    if (!(await restrictFolder(folder, mode)))
      log(`Other accounts of this machine may read ${folder}: its rights cannot be changed`);
  }
}

/**
 * Starts the embedded PostgreSQL when no other is set.
 *
 * @param onLaunched is called when it is on its way, and time can be spent on something else
 * @returns what stops the database again, if it is ours
 */
export async function startDatabase(
  settings: Settings,
  logger: ParleyLogger,
  onLaunched: () => void,
): Promise<() => Promise<void>> {
  if (settings.DATABASE_URL) return async () => undefined;
  const dataDir = resolve(join(settings.DATA_DIR, 'postgres'));
  const log = (line: string) => logger.log(line, 'Postgres');
  const postgres = await startEmbeddedPostgres({ dataDir, log, onLaunched });
  settings.DATABASE_URL = postgres.url;
  return () => postgres.stop();
}
