import { ulid } from 'ulid';
import { SECRETS } from './servers.mjs';

/**
 * @typedef {object} Bot
 * @property {string} id
 * @property {string} key
 *
 * @typedef {object} Person with one chat with a bot
 * @property {string} userId
 * @property {string} chatId
 * @property {string} cookie
 */

const SEED_BATCH = 20_000;
const SEED = `INSERT INTO messages (id, chat_id, seq, sender_id, kind, body, created_at)
  SELECT new.id, $1, new.seq, $2, 'text', 'Message number ' || new.seq || ' of a long conversation.', to_timestamp(new.at / 1000.0)
  FROM unnest($3::text[], $4::bigint[], $5::bigint[]) AS new (id, seq, at)`;
const SEED_HEAD = `UPDATE chats SET last_seq = $2, message_count = $2, last_at = to_timestamp($3 / 1000.0) WHERE id = $1`;

/** A typical body of about 60 letters. */
const BODY = 'Could you check whether the train at nine goes on Sundays?';

/**
 * Creates bots, people and chats through Parley's Client, Bot and Admin API.
 */
export class Fixtures {
  /** @param {string} url of Parley */
  constructor(url) {
    this.url = url;
  }

  /**
   * @param {string} name
   * @returns {Promise<Bot>}
   */
  async createBot(name) {
    const { body } = await this.#call(
      'POST',
      '/v1/admin-api/bot',
      { authorization: SECRETS.ADMIN_SECRET_KEY },
      { name },
    );
    return { id: body.bot.id, key: body.key };
  }

  /**
   * @param {Bot} bot
   * @param {string} url
   */
  async setWebhook(bot, url) {
    await this.#call('POST', '/v1/bot-api/bot/webhook', { authorization: bot.key }, { url });
  }

  /** Enables AI for a bot. @param {Bot} bot */
  async setAiSettings(bot) {
    await this.#call('PUT', `/v1/admin-api/bot/${bot.id}/ai`, { authorization: SECRETS.ADMIN_SECRET_KEY }, {});
  }

  /** @param {Bot} bot */
  async deleteWebhook(bot) {
    await this.#call('DELETE', '/v1/bot-api/bot/webhook', { authorization: bot.key });
  }

  /**
   * @param {Bot} bot
   * @returns {Promise<string>} the id of its webhook, for the Admin API
   */
  async endpointOf(bot) {
    const headers = { authorization: SECRETS.ADMIN_SECRET_KEY };
    const { body } = await this.#call('GET', `/v1/admin-api/bot/${bot.id}/endpoints`, headers);
    return body[0].id;
  }

  /**
   * @param {string} endpointId
   * @param {boolean} isPaused
   */
  async setPaused(endpointId, isPaused) {
    const headers = { authorization: SECRETS.ADMIN_SECRET_KEY };
    await this.#call('POST', `/v1/admin-api/endpoint/${endpointId}/${isPaused ? 'pause' : 'resume'}`, headers);
  }

  /**
   * Sends this number of messages in each chat, all chats at once.
   *
   * @param {readonly Person[]} people
   * @param {number} count
   */
  async sendMessages(people, count) {
    await Promise.all(
      people.map(async ({ chatId, cookie }) => {
        for (let n = 0; n < count; n++)
          await this.#call('POST', '/v1/client-api/chat/message', { cookie }, { chatId, body: BODY });
      }),
    );
  }

  /**
   * @param {Bot} bot
   * @param {number} count
   * @returns {Promise<Person[]>}
   */
  async createPeople(bot, count) {
    const people = [];
    for (let i = 1; i <= count; i++) {
      const { body: user, cookie } = await this.#call('POST', '/v1/client-api/user', {}, { nickname: `Person ${i}` });
      const { body: chat } = await this.#call('POST', '/v1/client-api/chat', { cookie }, { botId: bot.id });
      people.push({ userId: user.id, chatId: chat.id, cookie });
    }
    return people;
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {Record<string, string>} headers
   * @param {object} [body]
   */
  async #call(method, path, headers, body) {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: body ? { 'content-type': 'application/json', ...headers } : headers,
      body: body && JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} responded ${response.status}: ${text}`);
    const [cookie = ''] = (response.headers.get('set-cookie') ?? '').split(';');
    return { body: JSON.parse(text), cookie };
  }
}

/**
 * The requests of the connections: each sends messages of its own person, in its own chat.
 *
 * @param {readonly Person[]} people
 */
export const messageRequests = (people) =>
  people.map(({ chatId, cookie }) => ({
    headers: { 'content-type': 'application/json', cookie },
    body: JSON.stringify({ chatId, body: BODY }),
  }));

/**
 * Inserts a long chat directly into the tables: sending it would take longer than the benchmark.
 *
 * @param {import('pg').Pool} pool
 * @param {Person} person
 * @param {number} length
 */
export async function seedMessages(pool, { chatId, userId }, length) {
  const firstAt = Date.now() - length * 1000;
  const timeOf = (/** @type {number} */ seq) => firstAt + seq * 1000;
  for (let done = 0; done < length; done += SEED_BATCH) {
    const seqs = Array.from({ length: Math.min(SEED_BATCH, length - done) }, (_, i) => done + i + 1);
    const ids = seqs.map((seq) => ulid(timeOf(seq)).toLowerCase());
    await pool.query(SEED, [chatId, userId, ids, seqs, seqs.map(timeOf)]);
  }
  await pool.query(SEED_HEAD, [chatId, length, timeOf(length)]);
  await pool.query('VACUUM ANALYZE messages');
}
