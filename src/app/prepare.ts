import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { ParleyLogger } from '../core/logging/parley.logger.js';
import { loadSettings } from '../core/config/load-settings.js';
import { fillSecrets } from '../core/config/secrets.js';
import type { SecretName } from '../core/config/settings.js';
import { TRAVERSABLE_FOLDER, PRIVATE_FOLDER, restrictFolder } from '../core/filesystem/private-files.js';
import { startEmbeddedPostgres } from '../core/database/embedded/embedded-postgres.js';
import { AppSettings } from './settings.js';

export interface Environment {
  settings: AppSettings;
  /** The names of the secrets generated at this start. */
  createdSecrets: SecretName[];
}

/**
 * Reads `.env`, generates missing secrets and validates the settings. Starts nothing.
 *
 * @throws SettingsError with all faults
 */
export async function readEnvironment(): Promise<Environment> {
  if (existsSync('.env')) process.loadEnvFile('.env');
  const dataDir = process.env.DATA_DIR || new AppSettings().DATA_DIR;
  const { env, created } = await fillSecrets(process.env, dataDir);
  return { settings: loadSettings(AppSettings, env), createdSecrets: Object.keys(created) as SecretName[] };
}

/**
 * Revokes the access of other accounts to the existing data folders. Started by root, the embedded PostgreSQL runs as another account,
 * which must be able to pass through the data folder to its own.
 *
 * @param log receives a line for each folder whose mode cannot be changed
 */
export async function restrictDataFolders(settings: AppSettings, log: (line: string) => void): Promise<void> {
  const folders = [
    { folder: settings.DATA_DIR, mode: process.getuid?.() === 0 ? TRAVERSABLE_FOLDER : PRIVATE_FOLDER },
    { folder: settings.filesDir, mode: PRIVATE_FOLDER },
    { folder: settings.aiRecordingsDir, mode: PRIVATE_FOLDER },
  ];
  for (const { folder, mode } of folders) {
    if (!(await restrictFolder(folder, mode)))
      log(`Other accounts of this machine may read ${folder}: its mode cannot be changed`);
  }
}

/**
 * Starts the embedded PostgreSQL unless `DATABASE_URL` is set.
 *
 * @param onLaunched called when the server process is launched but not ready yet, so that other work can use the time
 * @returns a function that stops the embedded PostgreSQL, if there is one
 */
export async function startDatabase(
  settings: AppSettings,
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
