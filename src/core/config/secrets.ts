import { randomBytes, randomUUID } from 'node:crypto';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SECRET_NAMES, type SecretName } from './settings.js';

export interface FilledSecrets {
  /** The environment with each missing secret filled in. */
  env: Record<string, string | undefined>;
  /** The secrets that were made just now, to be shown once. */
  created: Partial<Record<SecretName, string>>;
}

/**
 * Fills in the secrets that the environment lacks, from `DATA_DIR/secrets.json`, and makes those that the file lacks too.
 * In production nothing is made: a missing secret is left for the settings to complain of.
 */
export async function fillSecrets(
  env: Readonly<Record<string, string | undefined>>,
  dataDir: string,
): Promise<FilledSecrets> {
  const missing = SECRET_NAMES.filter((name) => !env[name]);
  if (missing.length === 0 || env.NODE_ENV === 'production') return { env: { ...env }, created: {} };

  const file = join(dataDir, 'secrets.json');
  const kept = await readSecrets(file);
  const created = Object.fromEntries(missing.filter((name) => !kept[name]).map((name) => [name, makeSecret(name)]));
  if (Object.keys(created).length > 0) await writeSecrets(dataDir, file, { ...kept, ...created });
  const filled = Object.fromEntries(missing.map((name) => [name, kept[name] ?? created[name]]));
  return { env: { ...env, ...filled }, created };
}

function makeSecret(name: SecretName): string {
  return name === 'APPLICATION_ID'
    ? randomUUID().toUpperCase()
    : randomBytes(name === 'API_TOKEN' ? 20 : 32).toString('hex');
}

async function readSecrets(file: string): Promise<Partial<Record<SecretName, string>>> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Partial<Record<SecretName, string>>;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new Error(`${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

/** Written aside and renamed, so that a crash leaves the old file or the new one, never half of it. */
async function writeSecrets(dataDir: string, file: string, secrets: object): Promise<void> {
  await mkdir(dataDir, { recursive: true });
  const draft = `${file}.new`;
  await writeFile(draft, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  await chmod(draft, 0o600);
  await rename(draft, file);
}
