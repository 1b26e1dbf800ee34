import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { heapBytes } from '../inspector.mjs';
import { row } from '../report.mjs';
import { percentile } from '../statistics.mjs';

const IDLE_SESSIONS = 1000;
const BUSY_SESSIONS = 100;
/** A bot may have 20 sessions. */
const SESSIONS_OF_A_BOT = 20;
const MESSAGES_PER_SECOND = 50;
const MESSAGES = 120;
const WARM_UP_MESSAGES = 50;
const RECEIVE_TIMEOUT_MS = 10_000;
const OPENED_AT_A_TIME = 50;

/**
 * Bots on sockets: the cost of a session, and the delay from the person's message to the bot, and of the response to a request of
 * the bot, with a thousand other sessions.
 *
 * @param {import('../stage.mjs').Stage} stage
 * @returns {Promise<import('../report.mjs').Section>}
 */
export async function connectorSessions({ parley, fixtures }) {
  const idleBots = await createBots(fixtures, 'Idle', 1 + IDLE_SESSIONS / SESSIONS_OF_A_BOT);
  // The first session has one-time costs.
  const [first] = await openMany(parley.url, idleBots, 1);
  const before = await heapBytes(parley);
  const idle = await openMany(parley.url, idleBots.slice(1), IDLE_SESSIONS);
  const after = await heapBytes(parley);
  const bots = await createBots(fixtures, 'Busy', BUSY_SESSIONS);
  const chats = [];
  for (const bot of bots) chats.push((await fixtures.createPeople(bot, 1))[0]);
  const busy = await openMany(parley.url, bots, BUSY_SESSIONS);
  const { delays, calls } = await exchange(parley.url, chats, busy);
  for (const { socket } of [first, ...idle, ...busy]) socket.terminate();
  return {
    title: `Connector: ${IDLE_SESSIONS} idle sessions and ${BUSY_SESSIONS} busy ones, ${MESSAGES_PER_SECOND} messages/s`,
    rows: [
      row('memory of an idle session', 'KiB', (after - before) / 1024 / IDLE_SESSIONS),
      row('201 to socket: p50', 'ms', percentile(delays, 0.5)),
      row('201 to socket: p95', 'ms', percentile(delays, 0.95)),
      row('201 to socket: p99', 'ms', percentile(delays, 0.99)),
      row('sendMessage to answer: p50', 'ms', percentile(calls, 0.5)),
      row('sendMessage to answer: p99', 'ms', percentile(calls, 0.99)),
    ],
    notes: [
      'Memory: growth of heap and buffers of the process after a garbage collection, without the memory of the kernel. Each busy bot replies to each message.',
    ],
  };
}

/**
 * @param {import('../fixtures.mjs').Fixtures} fixtures
 * @param {string} name
 * @param {number} count
 */
async function createBots(fixtures, name, count) {
  const bots = [];
  for (let i = 1; i <= count; i++) bots.push(await fixtures.createBot(`${name} ${i}`));
  return bots;
}

/**
 * @param {string} url
 * @param {readonly import('../fixtures.mjs').Bot[]} bots
 * @param {number} count of sessions, shared by the bots
 * @returns {Promise<Session[]>}
 */
async function openMany(url, bots, count) {
  const tokens = [];
  for (const bot of bots) tokens.push(await fetchToken(url, bot.key));
  const sessions = [];
  while (sessions.length < count) {
    const batch = Array.from({ length: Math.min(OPENED_AT_A_TIME, count - sessions.length) }, (_, i) =>
      openSession(url, tokens[(sessions.length + i) % tokens.length]),
    );
    sessions.push(...(await Promise.all(batch)));
  }
  return sessions;
}

/**
 * @param {string} url
 * @param {string} key
 * @returns {Promise<string>}
 */
async function fetchToken(url, key) {
  const [username, password] = key.split(':');
  const response = await fetch(`${url}/bridge/api/client/v1/oauth/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ client_id: 'chat_bot', grant_type: 'password', username, password }),
  });
  const { access_token: token } = await response.json();
  return token;
}

/**
 * @typedef {object} Session
 * @property {WebSocket} socket
 * @property {(method: string, payload: object) => Promise<any>} call
 * @property {(message: any) => void} onMessage may be set
 *
 * @param {string} url
 * @param {string} token
 * @returns {Promise<Session>}
 */
async function openSession(url, token) {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/websocket/chat_bot`);
  /** @type {Map<number, (payload: any) => void>} */
  const waiting = new Map();
  let nextId = 1;
  /** @type {Session} */
  const session = {
    socket,
    onMessage: () => undefined,
    call: (method, payload) =>
      new Promise((resolve) => {
        const id = nextId++;
        waiting.set(id, resolve);
        socket.send(JSON.stringify({ type: 1, id, method, payload }));
      }),
  };
  socket.on('message', (data) => {
    const frame = JSON.parse(String(data));
    if (frame.type === 2) {
      waiting.get(frame.id)?.(frame.payload);
      waiting.delete(frame.id);
      return;
    }
    socket.send(`{"type":2,"id":${frame.id}}`);
    if (frame.method === 'sendMessage') session.onMessage(frame.payload);
  });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  const response = await session.call('auth', { token, tokenType: 'JWT', receiveUnread: false });
  if (response.errorCode) throw new Error(`auth failed: ${JSON.stringify(response)}`);
  return session;
}

/**
 * People send messages at a constant rate, regardless of replies, and each bot replies to each message.
 *
 * @param {string} url
 * @param {readonly import('../fixtures.mjs').Person[]} chats
 * @param {readonly Session[]} sessions
 */
async function exchange(url, chats, sessions) {
  /** @type {Map<string, number>} */
  const arrivedAt = new Map();
  /** @type {number[]} */
  const calls = [];
  for (const session of sessions) {
    session.onMessage = async ({ messageId, chatId }) => {
      const at = performance.now();
      arrivedAt.set(messageId, at);
      await session.call('sendMessage', {
        chatId,
        replyMessageId: null,
        content: { text: 'Received.', parseMode: 'text' },
      });
      calls.push(performance.now() - at);
    };
  }
  const sending = [];
  for (let i = 0; i < WARM_UP_MESSAGES + MESSAGES; i++) {
    sending.push(send(url, chats[i % chats.length]));
    await sleep(1000 / MESSAGES_PER_SECOND);
  }
  const sent = await Promise.all(sending);
  const deadline = performance.now() + RECEIVE_TIMEOUT_MS;
  while (arrivedAt.size < sent.length && performance.now() < deadline) await sleep(20);
  if (arrivedAt.size < sent.length) throw new Error(`${sent.length - arrivedAt.size} messages were not delivered.`);
  const delays = sent.slice(WARM_UP_MESSAGES).map(({ id, at }) => Math.max((arrivedAt.get(id) ?? 0) - at, 0));
  return { delays, calls: calls.slice(WARM_UP_MESSAGES) };
}

/**
 * @param {string} url
 * @param {import('../fixtures.mjs').Person} person
 */
async function send(url, { chatId, cookie }) {
  const response = await fetch(`${url}/v1/client-api/chat/message`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', cookie },
    body: JSON.stringify({ chatId, body: 'Could you check whether the train at nine goes on Sundays?' }),
  });
  const at = performance.now();
  const { id } = await response.json();
  return { id, at };
}
