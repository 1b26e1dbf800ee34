import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { cpuSeconds, processTreeCpuSeconds } from './cpu.mjs';
import { medians } from './statistics.mjs';

/**
 * @typedef {import('./load-worker.mjs').Load} Load
 * @typedef {import('./load-worker.mjs').LoadResult} LoadResult
 *
 * @typedef {object} Figures of one server under load
 * @property {number} perSecond
 * @property {number} p50 milliseconds
 * @property {number} p99
 * @property {number} nodeMicros CPU time of the server's process per response
 * @property {number} postgresMicros
 *
 * @typedef {object} Contender
 * @property {import('./servers.mjs').Server} server
 * @property {Omit<Load, 'seconds'>} load
 * @property {() => Promise<void>} [afterRound]
 */

/** Generates load in a separate process. */
export class LoadGenerator {
  /** @type {{ resolve: (result: LoadResult) => void, reject: (error: Error) => void } | undefined} */
  #waiting;

  /** @param {import('./cleanup.mjs').Cleanup} cleanup */
  constructor(cleanup) {
    this.child = fork(fileURLToPath(new URL('load-worker.mjs', import.meta.url)));
    this.child.on('message', (/** @type {{ result: LoadResult } | { error: string }} */ reply) =>
      'error' in reply ? this.#waiting?.reject(new Error(reply.error)) : this.#waiting?.resolve(reply.result),
    );
    this.child.on('exit', () => this.#waiting?.reject(new Error('The load generator has ended.')));
    cleanup.add(() => this.child.kill());
  }

  /**
   * @param {Load} load
   * @returns {Promise<LoadResult>}
   * @throws Error if any request fails, since the figures would be invalid
   */
  async run(load) {
    const result = await new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.child.send(load);
    });
    if (result.failures > 0) throw new Error(`${result.failures} of the requests to ${load.url} failed.`);
    return result;
  }
}

/**
 * Measures two or more servers in turn: bare, Parley, bare, Parley, ... Other load on the machine then affects all of them, and
 * the ratio of their medians stays fair.
 *
 * @template {string} Name
 * @param {{ loadGenerator: LoadGenerator, postgres: import('./servers.mjs').Postgres }} stage
 * @param {Record<Name, Contender>} contenders
 * @param {{ rounds: number, seconds: number, warmUpSeconds: number }} plan
 * @returns {Promise<Record<Name, Figures>>}
 */
export async function compare(stage, contenders, { rounds, seconds, warmUpSeconds }) {
  const entries = /** @type {[Name, Contender][]} */ (Object.entries(contenders));
  const figures = /** @type {Record<Name, Figures[]>} */ (Object.fromEntries(entries.map(([name]) => [name, []])));
  for (const [, { load, afterRound }] of entries) {
    await stage.loadGenerator.run({ ...load, seconds: warmUpSeconds });
    await afterRound?.();
  }
  for (let round = 0; round < rounds; round++) {
    for (const [name, contender] of entries) {
      figures[name].push(await measure(stage, contender, seconds));
      await contender.afterRound?.();
    }
  }
  return /** @type {Record<Name, Figures>} */ (
    Object.fromEntries(entries.map(([name]) => [name, medians(figures[name])]))
  );
}

/**
 * @param {{ loadGenerator: LoadGenerator, postgres: import('./servers.mjs').Postgres }} stage
 * @param {Contender} contender
 * @param {number} seconds
 * @returns {Promise<Figures>}
 */
async function measure({ loadGenerator, postgres }, { server, load }, seconds) {
  const cpu = () => ({
    node: cpuSeconds(server.pid),
    postgres: postgres.pid === undefined ? NaN : processTreeCpuSeconds(postgres.pid),
  });
  const before = cpu();
  const { answers, perSecond, p50, p99 } = await loadGenerator.run({ ...load, seconds });
  const after = cpu();
  const micros = (/** @type {number} */ used) => (used * 1e6) / answers;
  return {
    perSecond,
    p50,
    p99,
    nodeMicros: micros(after.node - before.node),
    postgresMicros: micros(after.postgres - before.postgres),
  };
}
