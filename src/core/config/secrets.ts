import { randomBytes, randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makePrivateFolder, PRIVATE_FILE } from '../filesystem/private-files.js';
import { SECRET_NAMES, type SecretName } from './settings.js';

export interface FilledSecrets {
  /** The environment with all secrets set. */
  env: Record<string, string | undefined>;
  /** The secrets that this call generated. */
  created: Partial<Record<SecretName, string>>;
}

/**
 * Adds missing secrets to the environment from `DATA_DIR/secrets.json`, and generates those that the file lacks too.
 * In production it generates nothing: the validation of the settings reports a missing secret.
 */
export async function fillSecrets(
  env: Readonly<Record<string, string | undefined>>,
  dataDir: string,
): Promise<FilledSecrets> {
  const missing = SECRET_NAMES.filter((name) => !env[name]);
  if (missing.length === 0 || env.NODE_ENV === 'production') return { env: { ...env }, created: {} };

  const file = join(dataDir, 'secrets.json');
  const found = await readSecrets(file);
  const kept = found ?? {};
  const created = Object.fromEntries(missing.filter((name) => !kept[name]).map((name) => [name, makeSecret(name)]));
  if (Object.keys(created).length > 0) {
    const draft = await writeDraft(file, { ...kept, ...created });
    if (found) await rename(draft, file);
    else if (!(await putFirst(draft, file))) return fillSecrets(env, dataDir);
  }
  const filled = Object.fromEntries(missing.map((name) => [name, kept[name] ?? created[name]]));
  return { env: { ...env, ...filled }, created };
}

function makeSecret(name: SecretName): string {
  return name === 'APPLICATION_ID'
    ? randomUUID().toUpperCase()
    : randomBytes(name === 'API_TOKEN' ? 20 : 32).toString('hex');
}

/** @returns undefined if the file does not exist yet */
async function readSecrets(file: string): Promise<Partial<Record<SecretName, string>> | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Partial<Record<SecretName, string>>;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Error(`Cannot read ${file}: ${(error as Error).message}`, { cause: error });
  }
}

/** Writes a temporary file, which is then moved into place in one step, so that a crash never leaves half a file. */
async function writeDraft(file: string, secrets: object): Promise<string> {
  await makePrivateFolder(dirname(file));
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, `${JSON.stringify(secrets, null, 2)}\n`, { mode: PRIVATE_FILE });
  return draft;
}

/** @returns false if another process created the file first; its secrets apply */
async function putFirst(draft: string, file: string): Promise<boolean> {
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  } finally {
    await rm(draft, { force: true });
  }
}
