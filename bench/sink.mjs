import { once } from 'node:events';
import { createServer } from 'node:http';

/**
 * @typedef {object} Callback
 * @property {number} receivedAt time of the request's head, by `performance.now()`
 * @property {number} seq of the entry in its chat's log
 * @property {{ id: string, chatId: string }} message
 */

/** A bot: receives callbacks and responds 200 at once. Runs in the benchmark's own process, which is idle under load. */
export class Sink {
  /** @type {Callback[]} */
  callbacks = [];
  url = '';
  #server = createServer((request, response) => this.#receive(request, response));

  /** @param {import('./cleanup.mjs').Cleanup} cleanup */
  static async start(cleanup) {
    const sink = new Sink();
    sink.#server.keepAliveTimeout = 60_000;
    sink.#server.listen(0, '127.0.0.1');
    await once(sink.#server, 'listening');
    cleanup.add(() => {
      sink.#server.close();
      sink.#server.closeAllConnections();
    });
    const { port } = /** @type {import('node:net').AddressInfo} */ (sink.#server.address());
    sink.url = `http://127.0.0.1:${port}/callback`;
    return sink;
  }

  /** @returns {Callback[]} the callbacks since the last call */
  take() {
    return this.callbacks.splice(0);
  }

  /**
   * @param {import('node:http').IncomingMessage} request
   * @param {import('node:http').ServerResponse} response
   */
  #receive(request, response) {
    const receivedAt = performance.now();
    let text = '';
    request.setEncoding('utf8');
    request.on('data', (chunk) => (text += chunk));
    request.on('end', () => {
      response.writeHead(200, { 'content-length': 0 }).end();
      this.callbacks.push({ receivedAt, seq: Number(request.headers['x-chat-seq']), message: JSON.parse(text) });
    });
  }
}

/**
 * Counts callbacks that arrived twice or before an earlier one of their chat.
 *
 * @param {readonly Callback[]} callbacks in the order received
 * @returns {number} how many
 */
export function countOutOfOrder(callbacks) {
  /** @type {Map<string, number>} */
  const newest = new Map();
  let disorder = 0;
  for (const { seq, message } of callbacks) {
    if (seq <= (newest.get(message.chatId) ?? 0)) disorder++;
    newest.set(message.chatId, seq);
  }
  return disorder;
}
