import { createServer } from 'node:http';
import pg from 'pg';
import { monotonicFactory } from 'ulid';
import { Agent, request as httpRequest } from 'undici';

/**
 * The bare server, the baseline: only one statement per request. `node:http` and `pg`, a pool of 10, named prepared
 * statements; no authentication, no validation, no delivery guarantees.
 *
 *   POST /insert             one INSERT, then 201
 *   POST /insert-then-call   one INSERT, then 201, then a callback to `CALLBACK_URL`
 *   POST /call               one INSERT, then a callback, and 201 after its response
 *   POST /drain              reads the messages of some chats and posts them, chat by chat in order, 32 at a time
 *   GET  /page?seq=          one SELECT of a page of Parley's messages from a known entry
 *
 * Run as a child process: `DATABASE_URL`, `PORT` and `CALLBACK_URL` are in the environment.
 */
const { DATABASE_URL, PORT, CALLBACK_URL, CHAT_ID, PAGE_SIZE } = process.env;

const TABLE = `CREATE TABLE IF NOT EXISTS bare_messages (
  id text PRIMARY KEY, chat_id text NOT NULL, sender_id text NOT NULL, body text NOT NULL, created_at timestamptz NOT NULL)`;
const INSERT = {
  name: 'insert',
  text: 'INSERT INTO bare_messages (id, chat_id, sender_id, body, created_at) VALUES ($1, $2, $3, $4, $5)',
};
const PAGE = {
  name: 'page',
  text: `SELECT id, sender_id, body, created_at FROM messages
         WHERE chat_id = $1 AND seq <= $2 ORDER BY seq DESC LIMIT $3`,
};
const ROWS = {
  name: 'rows',
  text: 'SELECT chat_id, id, sender_id, body, created_at FROM messages WHERE chat_id = ANY($1) ORDER BY chat_id, seq',
};
const SENDER_ID = '01k00000000000000000sender';

const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 10 });
const agent = new Agent();
const newId = monotonicFactory();

/**
 * @param {import('node:http').ServerResponse} response
 * @param {number} status
 * @param {string} json
 */
function respond(response, status, json) {
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(json) });
  response.end(json);
}

/** @param {string} text */
async function insert(text) {
  const { chatId, body } = JSON.parse(text);
  const createdAt = new Date();
  const id = newId().toLowerCase();
  await pool.query({ ...INSERT, values: [id, chatId, SENDER_ID, body, createdAt] });
  return JSON.stringify({ id, chatId, senderId: SENDER_ID, body, timestamp: createdAt.getTime() });
}

/** @param {string} body */
async function call(body) {
  const headers = { 'content-type': 'application/json' };
  const response = await httpRequest(/** @type {string} */ (CALLBACK_URL), {
    method: 'POST',
    headers,
    body,
    dispatcher: agent,
  });
  await response.body.dump();
}

/** The same rows that Parley delivers, in the same order in each chat. @param {string} text */
async function drain(text) {
  const { chatIds } = JSON.parse(text);
  const { rows } = await pool.query({ ...ROWS, values: [chatIds] });
  /** @type {Map<string, string[]>} */
  const chats = new Map();
  for (const { chat_id: chatId, ...row } of rows) {
    const bodies = chats.get(chatId) ?? [];
    bodies.push(JSON.stringify({ chatId, ...row }));
    chats.set(chatId, bodies);
  }
  const startedAt = performance.now();
  await Promise.all(
    [...chats.values()].map(async (bodies) => {
      for (const body of bodies) await call(body);
    }),
  );
  return JSON.stringify({ count: rows.length, seconds: (performance.now() - startedAt) / 1000 });
}

/** @param {string} seq */
async function readPage(seq) {
  const { rows } = await pool.query({ ...PAGE, values: [CHAT_ID, seq, PAGE_SIZE] });
  const messages = rows
    .reverse()
    .map(({ id, sender_id, body, created_at }) => ({ id, senderId: sender_id, body, timestamp: created_at.getTime() }));
  return JSON.stringify({ chatId: CHAT_ID, total: messages.length, page: 1, limit: messages.length, messages });
}

/** @type {Record<string, (response: import('node:http').ServerResponse, input: string) => Promise<void>>} */
const ROUTES = {
  '/health/ready': async (response) => respond(response, 200, '{}'),
  '/page': async (response, seq) => respond(response, 200, await readPage(seq)),
  '/insert': async (response, body) => respond(response, 201, await insert(body)),
  '/insert-then-call': async (response, body) => {
    const message = await insert(body);
    respond(response, 201, message);
    await call(message);
  },
  '/drain': async (response, body) => respond(response, 200, await drain(body)),
  '/call': async (response, body) => {
    const message = await insert(body);
    await call(message);
    respond(response, 201, message);
  },
};

const server = createServer((request, response) => {
  const [path, query = ''] = /** @type {string} */ (request.url).split('?seq=');
  /** @type {Buffer[]} */
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const body = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
    ROUTES[path](response, request.method === 'GET' ? query : body.toString()).catch((error) => {
      if (response.headersSent) process.stderr.write(`${error.message}\n`);
      else respond(response, 500, JSON.stringify({ message: error.message }));
    });
  });
});

await pool.query(TABLE);
server.listen(Number(PORT), '127.0.0.1');
