import { chmod, mkdtemp, rm } from 'node:fs/promises';
import Module from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EmbeddedPostgres } from '../../src/core/database/embedded/embedded-postgres.js';

declare global {
  /** Passed from global setup to global teardown. */
  var stopTestPostgres: (() => Promise<void>) | undefined;
}

/** Durability is not needed: the data are deleted after the run. */
const FAST_SETTINGS = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

/**
 * Starts one PostgreSQL for the whole run and passes its URL to the tests in PARLEY_TEST_DATABASE_URL. If that is
 * already set, its server is used instead.
 */
export default async function globalSetup(): Promise<void> {
  if (process.env.PARLEY_TEST_DATABASE_URL) return;
  const folder = await mkdtemp(join(tmpdir(), 'parley-test-postgres-'));
  // As root the server runs as another user, which needs access.
  await chmod(folder, 0o755);
  const { postgres, cancel } = await startPostgres(folder);
  process.env.PARLEY_TEST_DATABASE_URL = postgres.url;
  globalThis.stopTestPostgres = async () => {
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
    cancel();
  };
}

async function startPostgres(dataDir: string): Promise<{ postgres: EmbeddedPostgres; cancel: () => void }> {
  const restore = resolveJsAsTs();
  try {
    const { removeFolderAfterCrash } = await import('./after-crash.js');
    const { startEmbeddedPostgres } = await import('../../src/core/database/embedded/embedded-postgres.js');
    const cancel = removeFolderAfterCrash(dataDir);
    return { postgres: await startEmbeddedPostgres({ dataDir, settings: FAST_SETTINGS }), cancel };
  } finally {
    restore();
  }
}

/** Jest maps `./x.js` to `./x.ts` for the tests, but not for global setup. @returns a function that restores the default */
function resolveJsAsTs(): () => void {
  type Resolve = (request: string, ...rest: unknown[]) => string;
  const loader = Module as unknown as { _resolveFilename: Resolve };
  const original = loader._resolveFilename;
  loader._resolveFilename = function (request, ...rest) {
    try {
      return original.call(this, request, ...rest);
    } catch (error) {
      if (!/^\.{1,2}\/.*\.js$/.test(request)) throw error;
      return original.call(this, request.replace(/\.js$/, ''), ...rest);
    }
  };
  return () => void (loader._resolveFilename = original);
}
