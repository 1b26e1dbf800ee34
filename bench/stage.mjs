import { join } from 'node:path';
import { Fixtures } from './fixtures.mjs';
import { LoadGenerator } from './load.mjs';
import { PAGE_SIZE } from './options.mjs';
import { makeTempDir, startBare, startParley, startPostgres } from './servers.mjs';
import { Sink } from './sink.mjs';

/**
 * The environment of the cases: one Postgres for both Parley and the bare server, a load generator, and a bot.
 *
 * @typedef {Awaited<ReturnType<typeof setStage>>} Stage
 */

/**
 * @param {import('./options.mjs').Options} options
 * @param {import('./cleanup.mjs').Cleanup} cleanup
 */
export async function setStage({ plan, cpuProf }, cleanup) {
  const folder = await makeTempDir(cleanup);
  const postgres = await startPostgres(folder, cleanup);
  const sink = await Sink.start(cleanup);
  const dataDir = join(folder, 'parley');

  /** @param {string} [redisUrl] */
  const launchParley = (redisUrl) => startParley(cleanup, { dataDir, databaseUrl: postgres.url, redisUrl, cpuProf });
  /** @param {Record<string, string>} [env] */
  const launchBare = (env) =>
    startBare(cleanup, { DATABASE_URL: postgres.url, CALLBACK_URL: sink.url, PAGE_SIZE: String(PAGE_SIZE), ...env });

  const parley = await launchParley();
  return {
    plan,
    cleanup,
    folder,
    postgres,
    sink,
    launchParley,
    launchBare,
    parley,
    bare: await launchBare(),
    fixtures: new Fixtures(parley.url),
    loadGenerator: new LoadGenerator(cleanup),
  };
}
