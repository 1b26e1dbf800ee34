import { join } from 'node:path';
import { row } from '../report.mjs';
import { startParley } from '../servers.mjs';
import { median } from '../statistics.mjs';

/**
 * Time from `node dist/main.js` to the first 200 of `/health/ready`, with the embedded PostgreSQL: in an empty folder, and again.
 *
 * @param {import('../stage.mjs').Stage} stage
 * @returns {Promise<import('../report.mjs').Section>}
 */
export async function startUp({ plan, cleanup, folder, launchBare, parley: idle }) {
  await idle.stop();
  /** @param {string} dataDir */
  const start = async (dataDir) => {
    const parley = await startParley(cleanup, { dataDir });
    await parley.stop();
    return parley.readyMs;
  };
  /** @type {{ first: number[], again: number[], bare: number[] }} */
  const times = { first: [], again: [], bare: [] };
  for (let i = 0; i < plan.restarts; i++) {
    const dataDir = join(folder, `start-${i}`);
    times.first.push(await start(dataDir));
    times.again.push(await start(dataDir));
    const bare = await launchBare();
    await bare.stop();
    times.bare.push(bare.readyMs);
  }
  const bare = median(times.bare);
  return {
    title: 'From the start of the process to ready, with its own PostgreSQL',
    rows: [
      row('first start (initdb, migrations)', 'ms', median(times.first), bare),
      row('later start', 'ms', median(times.again), bare),
    ],
    notes: ['Bare: starts with a running PostgreSQL, and creates one table if it is missing.'],
  };
}
