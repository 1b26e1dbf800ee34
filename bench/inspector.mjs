import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';

const OPEN_TIMEOUT_MS = 5000;
const POLL_MS = 20;

/**
 * The memory of a Node process: its heap and external buffers, after a full garbage collection. The resident set is no good measure,
 * as a process that was busy before has free memory.
 *
 * @param {{ pid: number, inspectPort: number }} server was started with `--inspect-port`, which does not listen until SIGUSR1
 * @returns {Promise<number>} bytes
 */
export async function heapBytes({ pid, inspectPort }) {
  process.kill(pid, 'SIGUSR1');
  const inspector = await connect(inspectPort);
  try {
    // Twice: the second collection frees the objects that the first one finalized.
    for (let i = 0; i < 2; i++) await inspector.call('HeapProfiler.collectGarbage');
    const expression = `(({ heapUsed, external }) => heapUsed + external)(process.memoryUsage())`;
    const { result } = await inspector.call('Runtime.evaluate', { expression, returnByValue: true });
    return result.value;
  } finally {
    inspector.close();
  }
}

/** @param {number} port */
async function connect(port) {
  const socket = new WebSocket(await addressOf(port));
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  let nextId = 1;
  /** @param {string} method @param {object} [params] @returns {Promise<any>} */
  const call = (method, params = {}) =>
    new Promise((resolve, reject) => {
      const id = nextId++;
      /** @param {import('ws').RawData} data */
      const onMessage = (data) => {
        const response = JSON.parse(String(data));
        if (response.id !== id) return;
        socket.off('message', onMessage);
        if (response.error) reject(new Error(`${method}: ${response.error.message}`));
        else resolve(response.result);
      };
      socket.on('message', onMessage);
      socket.send(JSON.stringify({ id, method, params }));
    });
  return { call, close: () => socket.close() };
}

/** Retries until the inspector listens. @param {number} port @returns {Promise<string>} */
async function addressOf(port) {
  for (const deadline = Date.now() + OPEN_TIMEOUT_MS; ; await sleep(POLL_MS)) {
    try {
      const [{ webSocketDebuggerUrl }] = await getJson(`http://127.0.0.1:${port}/json/list`);
      return webSocketDebuggerUrl;
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
  }
}

/** @param {string} url @returns {Promise<any>} */
function getJson(url) {
  return new Promise((resolve, reject) => {
    get(url, { agent: false }, (response) => {
      let text = '';
      response.on('data', (chunk) => (text += chunk)).on('end', () => resolve(JSON.parse(text)));
    }).on('error', reject);
  });
}
