import { parseArgs } from 'node:util';

/**
 * Durations and repetitions of the measurements.
 *
 * @typedef {object} Plan
 * @property {number} rounds of bare and Parley in turn; the median counts
 * @property {number} warmUpSeconds before the first round, for each server
 * @property {number} postSeconds a round of sending takes
 * @property {number} pageSeconds a round of reading takes
 * @property {number} drainSeconds maximum time for which callbacks are counted after a round of sending
 * @property {number} latencyMessages
 * @property {number} restarts
 *
 * @typedef {object} Options
 * @property {Plan} plan
 * @property {string[]} only names of the cases to run; all when empty
 * @property {string | undefined} json file for the rows
 * @property {string | undefined} cpuProf folder for Parley's CPU profiles
 */

export const CONNECTIONS = 32;
export const LOG_LENGTH = 100_000;
export const PAGE_SIZE = 20;
export const MESSAGES_PER_SECOND = 20;

/** In the order in which they run: the later ones leave Parley busy, or stopped. */
export const CASE_NAMES = [
  'post',
  'callback',
  'drain',
  'page',
  'poll',
  'platform',
  'connector',
  'latency',
  'ai',
  'start',
];

/** Takes a little less than three minutes. @type {Plan} */
const FULL = {
  rounds: 2,
  warmUpSeconds: 1,
  postSeconds: 2,
  pageSeconds: 1,
  drainSeconds: 2,
  latencyMessages: 60,
  restarts: 1,
};

/** @type {Plan} */
const QUICK = {
  rounds: 1,
  warmUpSeconds: 2,
  postSeconds: 2,
  pageSeconds: 1,
  drainSeconds: 2,
  latencyMessages: 60,
  restarts: 1,
};

export const USAGE = `Usage: npm run bench -- [options]

  --quick           one short round of each
  --only NAME       ${CASE_NAMES.join(', ')}; may be repeated
  --json FILE       writes the rows as an array of {name, value, unit, ratio}
  --cpu-prof DIR    writes Parley's CPU profiles there
  --help`;

/**
 * @param {string[]} args
 * @returns {Options | undefined} undefined for `--help`
 * @throws Error for an unknown option or case
 */
export function readOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      json: { type: 'string' },
      'cpu-prof': { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const unknown = values.only.find((name) => !CASE_NAMES.includes(name));
  if (unknown !== undefined) throw new Error(`Unknown case: ${unknown}`);
  return { plan: values.quick ? QUICK : FULL, only: values.only, json: values.json, cpuProf: values['cpu-prof'] };
}
