import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { messageRequests } from '../fixtures.mjs';
import { MESSAGES_PER_SECOND } from '../options.mjs';
import { row } from '../report.mjs';
import { startRedis } from '../servers.mjs';
import { percentile } from '../statistics.mjs';

const CHATS = 8;
const WARM_UP_MESSAGES = 20;
const RECEIVE_TIMEOUT_MS = 10_000;

/**
 * Delivery latency at a light load.
 *
 * @param {import('../stage.mjs').Stage} stage
 * @returns {Promise<import('../report.mjs').Section>}
 */
export async function callbackLatency(stage) {
  const { bare, fixtures, sink } = stage;
  const bot = await fixtures.createBot('Bench prompt');
  const people = await fixtures.createPeople(bot, CHATS);
  await fixtures.setWebhook(bot, sink.url);
  const requests = messageRequests(people);

  const ofBare = await observe(stage, `${bare.url}/insert-then-call`, requests);
  const onPostgres = await observe(stage, `${stage.parley.url}/v1/client-api/chat/message`, requests);
  const onRedis = await observeOnRedis(stage, requests);

  return {
    title: `Callback at light load: ${MESSAGES_PER_SECOND} messages/s over ${CHATS} chats, queue on Postgres and on Redis`,
    rows: [
      ...latencyRows('201 to callback', onPostgres, ofBare),
      ...(onRedis ? latencyRows('201 to callback, Redis', onRedis, ofBare) : []),
    ],
    notes: [
      'From the head of the 201 at the sender to the head of the callback at the bot, both in one process with',
      'one clock. "post to callback" begins before the request is written. Bare: no queue, calls after its INSERT.',
      ...(onRedis ? [] : ['No redis-server on PATH: not measured with Redis as the queue.']),
    ],
  };
}

/**
 * @param {import('../stage.mjs').Stage} stage
 * @param {readonly import('../load-worker.mjs').LoadRequest[]} requests
 */
async function observeOnRedis(stage, requests) {
  const redisUrl = await startRedis(stage.cleanup, stage.folder);
  if (!redisUrl) return undefined;
  await stage.parley.stop();
  stage.parley = await stage.launchParley(redisUrl);
  return observe(stage, `${stage.parley.url}/v1/client-api/chat/message`, requests);
}

/**
 * @typedef {object} Latencies in milliseconds, one for each message
 * @property {number[]} fromAnswer
 * @property {number[]} fromPost
 */

/**
 * Sends messages at a constant rate, regardless of responses, and records when each reaches the sink.
 *
 * @param {import('../stage.mjs').Stage} stage
 * @param {string} url
 * @param {readonly import('../load-worker.mjs').LoadRequest[]} requests one for each chat, taken in turn
 * @returns {Promise<Latencies>}
 */
async function observe({ plan, sink }, url, requests) {
  const agent = new Agent();
  const count = WARM_UP_MESSAGES + plan.latencyMessages;
  const sending = [];
  sink.take();
  for (let i = 0; i < count; i++) {
    sending.push(send(agent, url, requests[i % requests.length]));
    await sleep(1000 / MESSAGES_PER_SECOND);
  }
  const sent = await Promise.all(sending);
  await waitUntil(() => sink.callbacks.length >= count);
  await agent.close();

  const receiveTimes = new Map(sink.take().map(({ message, receivedAt }) => [message.id, receivedAt]));
  const measured = sent.slice(WARM_UP_MESSAGES);
  const latencies = (/** @type {'postedAt' | 'answeredAt'} */ from) =>
    measured.map((message) => (receiveTimes.get(message.id) ?? Infinity) - message[from]);
  return { fromAnswer: latencies('answeredAt'), fromPost: latencies('postedAt') };
}

/**
 * @param {Agent} dispatcher
 * @param {string} url
 * @param {import('../load-worker.mjs').LoadRequest} request
 */
async function send(dispatcher, url, { headers, body }) {
  const postedAt = performance.now();
  const response = await request(url, { method: 'POST', headers, body, dispatcher });
  const answeredAt = performance.now();
  const message = /** @type {{ id: string }} */ (await response.body.json());
  if (response.statusCode !== 201)
    throw new Error(`${url} responded ${response.statusCode}: ${JSON.stringify(message)}`);
  return { id: message.id, postedAt, answeredAt };
}

/** @param {() => boolean} condition */
async function waitUntil(condition) {
  const deadline = performance.now() + RECEIVE_TIMEOUT_MS;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error('Callbacks are missing: some messages were not delivered.');
    await sleep(20);
  }
}

/**
 * @param {string} name
 * @param {Latencies} parley
 * @param {Latencies} bare
 */
const latencyRows = (name, parley, bare) => [
  ...[50, 95, 99].map((share) =>
    row(
      `${name}: p${share}`,
      'ms',
      percentile(parley.fromAnswer, share / 100),
      percentile(bare.fromAnswer, share / 100),
    ),
  ),
  row(`${name.replace('201', 'post')}: p50`, 'ms', percentile(parley.fromPost, 0.5), percentile(bare.fromPost, 0.5)),
];
