/**
 * One figure.
 *
 * @typedef {object} Row
 * @property {string} name unique, and the same from run to run
 * @property {number} value of Parley
 * @property {string} unit
 * @property {number} [bare] value of the bare server
 * @property {number} [ratio] value to bare
 *
 * @typedef {object} Section the results of one case
 * @property {string} title
 * @property {Row[]} rows
 * @property {string[]} notes details of the measurement
 */

/**
 * @param {string} name
 * @param {string} unit
 * @param {number} value
 * @param {number} [bare]
 * @returns {Row}
 */
export const row = (name, unit, value, bare) =>
  bare === undefined ? { name, value, unit } : { name, value, unit, bare, ratio: value / bare };

/**
 * The rows of two servers under load.
 *
 * @param {string} name
 * @param {import('./load.mjs').Figures} parley
 * @param {import('./load.mjs').Figures} bare
 * @returns {Row[]}
 */
export const loadRows = (name, parley, bare) =>
  [
    row(name, 'req/s', parley.perSecond, bare.perSecond),
    row(`${name}: p50`, 'ms', parley.p50, bare.p50),
    row(`${name}: p99`, 'ms', parley.p99, bare.p99),
    row(`${name}: CPU of node`, 'µs/req', parley.nodeMicros, bare.nodeMicros),
    row(`${name}: CPU of Postgres`, 'µs/req', parley.postgresMicros, bare.postgresMicros),
  ].filter(({ value }) => !Number.isNaN(value));

/**
 * @param {readonly Section[]} sections
 * @returns {object[]} the output of `--json`
 */
export const toJson = (sections) =>
  sections.flatMap(({ rows }) =>
    rows.map(({ name, value, unit, ratio }) => ({ name, value: round(value), unit, ratio: ratio && round(ratio) })),
  );

/** @param {number} value */
const round = (value) => Number(value.toPrecision(4));
