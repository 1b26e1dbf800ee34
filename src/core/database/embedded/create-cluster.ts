import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { changeOwner, type ClusterPaths } from './cluster-paths.js';
import { runAs, type PostgresAccount, type ProgramResult } from './postgres-account.js';
import type { PostgresBinaries } from './postgres-binaries.js';

/** The name of the role and of the database of Parley. */
export const ROLE = 'parley';

/**
 * Creates the cluster and its password, in a temporary folder that is then renamed, so that a crash leaves no partial cluster.
 *
 * @param durable false skips fsync, for disposable data
 * @throws Error with the output of `initdb`
 */
export async function createCluster(
  home: ClusterPaths,
  binaries: PostgresBinaries,
  account: PostgresAccount,
  durable: boolean,
): Promise<void> {
  await writeFile(home.passwordFile, randomBytes(24).toString('base64url'), { mode: 0o600 });
  await changeOwner(account, home.passwordFile);

  const draft = `${home.cluster}.new`;
  const faults: string[] = [];
  for (const locale of localeOptions(binaries.major)) {
    await makeEmptyFolder(draft, account);
    const options = [
      `--pgdata=${draft}`,
      `--pwfile=${home.passwordFile}`,
      ...locale,
      ...(durable ? [] : ['--no-sync']),
    ];
    const result = await runInitdb(binaries, account, options);
    if (result.succeeded) return rename(draft, home.cluster);
    faults.push(result.output);
  }
  await rm(draft, { recursive: true, force: true });
  throw new Error(`PostgreSQL could not create its data folder ${home.cluster}:\n${faults.join('\n')}`);
}

function runInitdb(binaries: PostgresBinaries, account: PostgresAccount, options: string[]): Promise<ProgramResult> {
  const always = [`--username=${ROLE}`, '--auth=scram-sha-256', '--encoding=UTF8', '--data-checksums'];
  return runAs(account, join(binaries.bin, 'initdb'), [...always, ...options]);
}

/**
 * Order by code point and Unicode's upper and lower case, the same on every machine. Before version 17 that depends on
 * the system's locales: where C.UTF-8 is missing, only the letters A to Z have two cases.
 */
function localeOptions(major: number): string[][] {
  if (major >= 17) return [['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C']];
  return [['--locale=C.UTF-8'], ['--locale=C']];
}

async function makeEmptyFolder(folder: string, account: PostgresAccount): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { mode: 0o700 });
  await changeOwner(account, folder);
}
