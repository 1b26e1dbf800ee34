import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { Fixtures } from '../fixtures.mjs';
import { row } from '../report.mjs';
import { startParley } from '../servers.mjs';
import { percentile } from '../statistics.mjs';

const QUIET_CHATS = 4;
const QUIET_ROUNDS = 5;
const BUSY_CHATS = 100;
const WARM_UP_ROUNDS = 2;
/** Delay of the first word of a model. */
const FIRST_WORD_MS = 100;
/** A completion under load: at the speed of a model, and long enough that all completions overlap. */
const WORDS = 40;
const QUIET_WORDS = 3;
const WORD_MS = 75;
/** Messages are spread over this time. */
const RAMP_MS = 1500;
const ANSWER_TIMEOUT_MS = 20_000;

/** @typedef {{ firstAt?: number, lastAt?: number }} Sent times of the model's first and last word */
/** @typedef {{ deltaAt?: number, messageAt?: number }} Received times at which the viewer received the first delta and the whole message */

/**
 * Delay from the words of the model to the viewers of a chat: on an idle server, and with 100 concurrent replies.
 *
 * @param {import('../stage.mjs').Stage} stage
 * @returns {Promise<import('../report.mjs').Section>}
 */
export async function aiAnswers(stage) {
  const { cleanup, folder, postgres } = stage;
  const model = await Model.start(cleanup);
  await stage.parley.stop();
  stage.parley = await startParley(cleanup, {
    dataDir: join(folder, 'parley'),
    databaseUrl: postgres.url,
    env: {
      OPENAI_BASE_URL: model.url,
      AI_TURNS_PER_MINUTE: '0',
      AI_TURNS_PER_DAY: '0',
      AI_BOT_TOKENS_PER_DAY: '0',
      AI_KEY_CONCURRENCY: '0',
      AI_BOT_CONCURRENCY: '0',
    },
  });
  const fixtures = new Fixtures(stage.parley.url);
  const bot = await fixtures.createBot('Bench AI');
  await fixtures.setAiSettings(bot);
  const people = await fixtures.createPeople(bot, BUSY_CHATS);
  const viewers = new Viewers(stage.parley.url, bot.id, cleanup);
  await Promise.all(people.map((person) => viewers.open(person)));

  model.setCompletion(QUIET_WORDS, WORD_MS);
  const quiet = [];
  for (let round = -WARM_UP_ROUNDS; round < QUIET_ROUNDS; round++) {
    const delays = await Promise.all(
      people.slice(0, QUIET_CHATS).map((person) => requestReply(viewers, model, person)),
    );
    if (round >= 0) quiet.push(...delays);
    await sleep(50);
  }
  const bare = await model.callDirectly(QUIET_CHATS * QUIET_ROUNDS);

  model.setCompletion(WORDS, WORD_MS);
  const busy = await Promise.all(
    people.map(async (person, i) => {
      await sleep((i / BUSY_CHATS) * RAMP_MS);
      return requestReply(viewers, model, person);
    }),
  );

  return {
    title: `AI bots: from the model's words to the viewer; ${QUIET_CHATS} concurrent replies, then ${BUSY_CHATS}`,
    rows: [
      ...delayRows("model's first word to viewer's first delta", quiet, bare),
      ...delayRows(`the same, ${BUSY_CHATS} answers at once`, busy),
      ...delayRows(
        `model's last word to the stored message, ${BUSY_CHATS} at once`,
        busy.map(({ toMessage }) => ({ toDelta: toMessage })),
      ),
    ],
    notes: [
      'Model, viewers and clock are in the process of the benchmark; Parley is one process with API and worker, queue on Postgres.',
      `Under load each reply has ${WORDS} words, one every ${WORD_MS} ms, and the messages are sent within`,
      `${RAMP_MS / 1000} s, so that all replies overlap. Bare: the viewer reads the model's stream itself.`,
    ],
  };
}

/**
 * @param {Viewers} viewers
 * @param {Model} model
 * @param {import('../fixtures.mjs').Person} person
 * @returns {Promise<{ toDelta: number, toMessage: number }>} milliseconds
 */
async function requestReply(viewers, model, person) {
  const received = viewers.expect(person);
  const sent = model.expect(person);
  await viewers.send(person);
  const deadline = performance.now() + ANSWER_TIMEOUT_MS;
  while (!received.messageAt) {
    if (performance.now() > deadline) throw new Error(`Chat ${person.chatId} got no reply.`);
    await sleep(5);
  }
  return {
    // If the whole message arrived before its first delta, its arrival counts for both.
    toDelta: (received.deltaAt ?? received.messageAt) - /** @type {number} */ (sent.firstAt),
    toMessage: received.messageAt - /** @type {number} */ (sent.lastAt),
  };
}

/**
 * @param {string} name
 * @param {readonly { toDelta: number }[]} parley
 * @param {readonly number[]} [bare]
 */
const delayRows = (name, parley, bare) =>
  [50, 99].map((share) =>
    row(
      `${name}: p${share}`,
      'ms',
      percentile(
        parley.map(({ toDelta }) => toDelta),
        share / 100,
      ),
      bare && percentile(bare, share / 100),
    ),
  );

/** A model server that records the times of its words. */
class Model {
  /** @type {Map<string, Sent>} by prompt */
  #sent = new Map();
  #words = 1;
  #wordMs = 0;
  url = '';

  /** @param {import('../cleanup.mjs').Cleanup} cleanup */
  static async start(cleanup) {
    const model = new Model();
    const server = createServer((request, response) => {
      /** @type {Buffer[]} */
      const chunks = [];
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', () => void model.#respond(JSON.parse(Buffer.concat(chunks).toString()), response));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    cleanup.add(() => {
      server.close();
      server.closeAllConnections();
    });
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
    model.url = `http://127.0.0.1:${port}/v1`;
    return model;
  }

  /**
   * @param {number} words
   * @param {number} wordMs
   */
  setCompletion(words, wordMs) {
    [this.#words, this.#wordMs] = [words, wordMs];
  }

  /** @param {{ chatId: string }} person */
  expect({ chatId }) {
    /** @type {Sent} */
    const sent = {};
    this.#sent.set(chatId, sent);
    return sent;
  }

  /** @param {number} times @returns {Promise<number[]>} delays of its first word to a direct client */
  async callDirectly(times) {
    const agent = new Agent();
    const delays = [];
    for (let i = 0; i < times; i++) {
      const sent = this.expect({ chatId: 'bare' });
      const body = JSON.stringify({ messages: [{ role: 'user', content: 'bare' }] });
      const response = await request(`${this.url}/chat/completions`, { method: 'POST', body, dispatcher: agent });
      await once(response.body, 'data');
      delays.push(performance.now() - /** @type {number} */ (sent.firstAt));
      await response.body.dump();
    }
    await agent.close();
    return delays;
  }

  /**
   * @param {{ messages: { content: string }[] }} body
   * @param {import('node:http').ServerResponse} response
   */
  async #respond({ messages }, response) {
    const sent = this.#sent.get(/** @type {{ content: string }} */ (messages.at(-1)).content) ?? {};
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    /** @param {object} delta @param {string | null} finish_reason */
    const write = (delta, finish_reason) =>
      response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason }] })}\n\n`);
    for (let i = 0; i < this.#words; i++) {
      await sleep(i > 0 ? this.#wordMs : FIRST_WORD_MS);
      sent.lastAt = performance.now();
      sent.firstAt ??= sent.lastAt;
      write({ content: `word${i} ` }, null);
    }
    write({}, 'stop');
    response.end('data: [DONE]\n\n');
  }
}

/** People who view their chats by the event stream. */
class Viewers {
  #agent = new Agent({ connections: null });
  /** @type {Map<string, Received>} by chat */
  #received = new Map();
  #url;
  #botId;

  /**
   * @param {string} url of Parley
   * @param {string} botId
   * @param {import('../cleanup.mjs').Cleanup} cleanup
   */
  constructor(url, botId, cleanup) {
    this.#url = url;
    this.#botId = botId;
    cleanup.add(() => this.#agent.destroy());
  }

  /** @param {import('../fixtures.mjs').Person} person */
  async open({ cookie, chatId }) {
    const options = { headers: { cookie }, dispatcher: this.#agent, bodyTimeout: 0 };
    const { body } = await request(`${this.#url}/v1/client-api/events`, options);
    body.on('error', () => undefined);
    let text = '';
    body.on('data', (/** @type {Buffer} */ chunk) => {
      const at = performance.now();
      text += chunk.toString();
      const end = text.lastIndexOf('\n\n') + 2;
      if (end < 2) return;
      this.#record(chatId, text.slice(0, end), at);
      text = text.slice(end);
    });
  }

  /** @param {{ chatId: string }} person */
  expect({ chatId }) {
    /** @type {Received} */
    const received = {};
    this.#received.set(chatId, received);
    return received;
  }

  /** @param {import('../fixtures.mjs').Person} person */
  async send({ cookie, chatId }) {
    const { body, statusCode } = await request(`${this.#url}/v1/client-api/chat/message`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie },
      body: JSON.stringify({ chatId, body: chatId }),
      dispatcher: this.#agent,
    });
    await body.dump();
    if (statusCode !== 201) throw new Error(`Sending a message responded ${statusCode}.`);
  }

  /**
   * @param {string} chatId
   * @param {string} text
   * @param {number} at
   */
  #record(chatId, text, at) {
    const received = this.#received.get(chatId);
    if (!received) return;
    if (text.includes('event: message.delta')) received.deltaAt ??= at;
    if (text.includes(`"senderId":"${this.#botId}"`)) received.messageAt ??= at;
  }
}
