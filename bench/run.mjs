import { writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { aiAnswers } from './cases/ai.mjs';
import { poll } from './cases/client-poll.mjs';
import { drainBacklog } from './cases/drain.mjs';
import { connectorSessions } from './cases/connector.mjs';
import { callbackLatency } from './cases/latency.mjs';
import { readPage } from './cases/page.mjs';
import { platformApi } from './cases/platform.mjs';
import { postMessage } from './cases/post-message.mjs';
import { postWithCallback } from './cases/post-with-callback.mjs';
import { startUp } from './cases/start.mjs';
import { Cleanup } from './cleanup.mjs';
import { CASE_NAMES, CONNECTIONS, readOptions, USAGE } from './options.mjs';
import { toJson } from './report.mjs';
import { setStage } from './stage.mjs';
import { formatTable } from './table.mjs';

/** @type {Record<string, (stage: import('./stage.mjs').Stage) => Promise<import('./report.mjs').Section>>} */
const CASES = {
  post: postMessage,
  callback: postWithCallback,
  drain: drainBacklog,
  page: readPage,
  poll,
  platform: platformApi,
  connector: connectorSessions,
  latency: callbackLatency,
  ai: aiAnswers,
  start: startUp,
};

/**
 * Runs the cases and prints their results.
 *
 * @param {import('./options.mjs').Options} options
 * @param {Cleanup} cleanup
 */
async function runBenchmark(options, cleanup) {
  const startedAt = performance.now();
  const chosen = CASE_NAMES.filter((name) => options.only.length === 0 || options.only.includes(name));
  const load = loadavg()[0];
  const stage = await setStage(options, cleanup);
  process.stdout.write(`${describeRun(stage, load)}\n\n`);
  const sections = [];
  for (const name of chosen) {
    progress(name);
    sections.push(await CASES[name](stage));
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
function describeRun({ plan, postgres }, load) {
  const machine = `${availableParallelism()} cores (${cpus()[0]?.model.trim()}), load before the run ${load.toFixed(2)}`;
  const database = process.env.DATABASE_URL ? 'of DATABASE_URL' : 'embedded, fsync on';
  return `${machine}; Node.js ${process.versions.node}; PostgreSQL ${postgres.version}, ${database}.
Parley: dist/main.js, API and worker in one process; log level warn; NODE_ENV=test, as production rejects local callbacks.
Bare: a node:http and pg server on the same Postgres, pool of 10, only one named prepared statement per request: no
authentication, no validation, no delivery guarantees. It and Parley run in turn under the same load, ${CONNECTIONS} connections of
autocannon in a separate process. All share the cores. Medians of ${plan.rounds} rounds; ratio is Parley to bare.`;
}

/** Warnings and errors that Parley logged during the run. @param {import('./servers.mjs').Server} parley */
function describeLog(parley) {
  const lines = parley.log().filter((line) => line.startsWith('{'));
  if (lines.length === 0) return '';
  return `Parley logged ${lines.length} lines, the first of them:\n${lines.slice(0, 3).join('\n')}\n`;
}

/** Shows the running case on a terminal. @param {string} name */
function progress(name) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${name && `measuring: ${name} ...`}`);
}

/** @returns {import('./options.mjs').Options} */
function readArguments() {
  try {
    const options = readOptions(process.argv.slice(2));
    if (options) return options;
    process.stdout.write(`${USAGE}\n`);
    process.exit(0);
  } catch (error) {
    process.stderr.write(`${/** @type {Error} */ (error).message}\n\n${USAGE}\n`);
    process.exit(1);
  }
}

const options = readArguments();
const cleanup = new Cleanup();
cleanup.onSignals();
try {
  await runBenchmark(options, cleanup);
} catch (error) {
  // Errors after a signal are consequences of the cleanup.
  if (!cleanup.hasBegun) process.stderr.write(`${/** @type {Error} */ (error).stack}\n`);
  process.exitCode = 1;
} finally {
  await cleanup.run();
}
