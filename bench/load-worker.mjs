import autocannon from 'autocannon';
import { percentile } from './statistics.mjs';

/**
 * The load generator, in a separate process, so that it does not block the event loop of a measured server.
 * It receives one `Load` message after the other, and replies to each with a `LoadResult`.
 *
 * @typedef {object} LoadRequest the request that one connection repeats
 * @property {Record<string, string>} headers
 * @property {string} [body]
 *
 * @typedef {object} Load
 * @property {string} url
 * @property {'GET' | 'POST'} method
 * @property {number} seconds
 * @property {LoadRequest[]} requests one for each connection
 *
 * @typedef {object} LoadResult
 * @property {number} perSecond responses with a 2xx status
 * @property {number} answers
 * @property {number} p50 milliseconds
 * @property {number} p99
 * @property {number} failures other statuses, broken connections and timeouts
 */

/**
 * @param {Load} load
 * @returns {Promise<LoadResult>}
 */
async function run({ url, method, seconds, requests }) {
  let connection = 0;
  /** @type {number[]} */
  const times = [];
  const instance = autocannon({
    url,
    method,
    duration: seconds,
    connections: requests.length,
    timeout: 10,
    // Autocannon ends at the first sample after the time is up.
    sampleInt: 100,
    setupClient: (client) => {
      const { headers, body } = requests[connection++ % requests.length];
      client.setHeadersAndBody(headers, body);
    },
  });
  // Its own histogram only has whole milliseconds.
  instance.on('response', (_client, _status, _bytes, milliseconds) => void times.push(milliseconds));
  const result = await instance;
  return {
    perSecond: result['2xx'] / result.duration,
    answers: result['2xx'],
    p50: percentile(times, 0.5),
    p99: percentile(times, 0.99),
    failures: result.non2xx + result.errors + result.timeouts,
  };
}

process.on('message', (load) => {
  run(/** @type {Load} */ (load)).then(
    (result) => process.send?.({ result }),
    (error) => process.send?.({ error: error.message }),
  );
});
process.on('disconnect', () => process.exit());
