import { writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { callbackLatency } from './cases/latency.mjs';
import { readPage } from './cases/page.mjs';
import { postMessage } from './cases/post-message.mjs';
import { postWithCallback } from './cases/post-with-callback.mjs';
import { startUp } from './cases/start.mjs';
import { Cleanup } from './cleanup.mjs';
import { CONNECTIONS, readOptions, USAGE } from './options.mjs';
import { toJson } from './report.mjs';
import { setStage } from './stage.mjs';
import { formatTable } from './table.mjs';

/** In the order in which they are played: the later ones leave Parley busy, or stopped. */
const CASES = {
  post: postMessage,
  callback: postWithCallback,
  page: readPage,
  latency: callbackLatency,
  start: startUp,
};

/**
 * Plays the cases and prints what they found.
 *
 * @param {import('./options.mjs').Options} options
 * @param {Cleanup} cleanup
 */
async function runBenchmark(options, cleanup) {
  const startedAt = performance.now();
  const chosen = Object.entries(CASES).filter(([name]) => options.only.length === 0 || options.only.includes(name));
  if (chosen.length === 0) throw new Error(`--only knows ${Object.keys(CASES).join(', ')}.`);

  const load = loadavg()[0];
  const stage = await setStage(options, cleanup);
  process.stdout.write(`${describeRun(stage, load)}\n\n`);
  const sections = [];
  for (const [name, play] of chosen) {
    progress(name);
    sections.push(await play(stage));
  }
  progress('');
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  process.stdout.write(`${formatTable(sections)}\n${describeLog(stage.parley)}Took ${seconds} s.\n`);
  if (options.json) await writeFile(options.json, `${JSON.stringify(toJson(sections), null, 2)}\n`);
}

/**
 * @param {import('./stage.mjs').Stage} stage
 * @param {number} load of the machine before this began
 */
const describeRun = ({ plan, postgres }, load) =>
  [
    `${availableParallelism()} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), load before the run ${load.toFixed(2)}; ` +
      `Node.js ${process.versions.node}; PostgreSQL ${postgres.version}, ` +
      (process.env.DATABASE_URL ? 'of DATABASE_URL.' : 'embedded, fsync on.'),
    `Parley: dist/main.js, API and worker in one process, log level warn, NODE_ENV=test (production refuses local callbacks).`,
    `Bare: a node:http + pg server of its own process on the same Postgres, pool of 10, one named prepared statement a request,`,
    `no checks and no promises. Bare and Parley take turns under the same load (autocannon in a process of its own, ` +
      `${CONNECTIONS}`,
    `connections; all of it shares the cores); medians of ${plan.rounds} rounds. The ratio is Parley's figure to bare's.`,
  ].join('\n');

/** What Parley complained of while it was measured. @param {import('./servers.mjs').Server} parley */
function describeLog(parley) {
  const lines = parley.log().filter((line) => line.startsWith('{'));
  if (lines.length === 0) return '';
  return `Parley has logged ${lines.length} lines, the first of them:\n${lines.slice(0, 3).join('\n')}\n`;
}

/** Shows which case is being played, where somebody is looking. @param {string} name */
function progress(name) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${name && `measuring: ${name} ...`}`);
}

const options = readOptions(process.argv.slice(2));
if (options) {
  const cleanup = new Cleanup();
  cleanup.onSignals();
  try {
    await runBenchmark(options, cleanup);
  } finally {
    await cleanup.run();
  }
} else {
  process.stdout.write(`${USAGE}\n`);
}
