import { startApp } from '../../support/app.js';
import { runSql } from '../../support/databases.js';
import {
  type ApiResponse,
  ApiCaller,
  clientError,
  type ClientApis,
  type Json,
  startClientApis,
  type TestBot,
  type TestPerson,
} from './client-caller.js';

describe('Client and Bot API: messages', () => {
  let apis: ClientApis;
  let alice: TestPerson;
  let bot: TestBot;
  let chatId: string;

  const openChat = async (): Promise<string> => (await alice.post('/chat', { botId: bot.id })).body.id;
  const sql = (text: string) => runSql<object>(apis.settings.databaseUrl, text);

  beforeAll(async () => {
    apis = await startClientApis();
  });
  afterAll(() => apis.close());

  beforeEach(async () => {
    alice = await apis.signUp();
    bot = await apis.createBot();
    chatId = await openChat();
  });

  describe('POST /chat/message', () => {
    it('stores a message of a person', async () => {
      const before = Date.now();
      const { status, body } = await alice.post('/chat/message', {
        chatId,
        body: 'Hello <b>World</b>!\n👩‍👩‍👧',
        senderId: bot.id,
      });
      expect(status).toBe(201);
      expect(body).toEqual({
        id: expect.stringMatching(/^[0-9a-z]{26}$/),
        chatId,
        senderId: alice.id,
        body: 'Hello <b>World</b>!\n👩‍👩‍👧',
        timestamp: expect.any(Number),
      });
      expect(body.timestamp).toBeGreaterThanOrEqual(before - 50);
      expect(body.timestamp).toBeLessThanOrEqual(Date.now() + 50);
    });

    it('stores a message of a bot', async () => {
      const { status, body } = await bot.post('/chat/message', { chatId, body: 'Hi!' });
      expect(status).toBe(201);
      expect(body).toEqual({
        id: expect.any(String),
        chatId,
        senderId: bot.id,
        body: 'Hi!',
        timestamp: expect.any(Number),
      });
      expect(await alice.get(`/chat/${chatId}/messages?sender_id=${bot.id}`)).toMatchObject({ body: { total: 1 } });
    });

    it.each([[{ body: '' }], [{}], [{ body: null, attachmentIds: null }]])(
      'accepts an empty message: %j',
      async (fields) => {
        expect(await alice.post('/chat/message', { chatId, ...fields })).toMatchObject({
          status: 201,
          body: { body: '' },
        });
      },
    );

    it('accepts a form', async () => {
      const form = { headers: { 'content-type': 'application/x-www-form-urlencoded' } };
      const answer = await alice.post('/chat/message', `chatId=${chatId}&body=a+b%21&attachmentIds=unknown`, form);
      expect(answer).toMatchObject({ status: 201, body: { chatId, body: 'a b!' } });
    });

    it('gives each message of a chat a later time, also under concurrent requests', async () => {
      const answers = await Promise.all(
        Array.from({ length: 40 }, (_, i) => (i % 2 ? alice : bot).post('/chat/message', { chatId, body: String(i) })),
      );
      const times = answers.map(({ body }) => body.timestamp as number);
      expect(new Set(times).size).toBe(40);
      const { body: page } = await alice.get(`/chat/${chatId}/messages?limit=40`);
      expect(page.messages.map(({ timestamp }: Json) => timestamp)).toEqual(times.toSorted((a, b) => a - b));
    });

    it('attaches known files in upload order and ignores unknown ones', async () => {
      await sql(`INSERT INTO files (id, owner_id, path, name, size_bytes, mime_type, created_at) VALUES
        ('${chatId}2', '${alice.id}', 'static/images/2.png', 'b.png', 71, 'image/png', now()),
        ('${chatId}1', '${alice.id}', 'static/images/1.png', 'a.png', 70, 'image/png', now())`);
      const attachmentIds = [`${chatId}2`, 'unknown', `${chatId}1`, `${chatId}2`];
      const { status, body } = await alice.post('/chat/message', { chatId, body: 'see this', attachmentIds });
      const attachments = [
        { id: `${chatId}1`, path: 'static/images/1.png', name: 'a.png', size: 70, mimeType: 'image/png' },
        { id: `${chatId}2`, path: 'static/images/2.png', name: 'b.png', size: 71, mimeType: 'image/png' },
      ];
      expect(status).toBe(201);
      expect(body).toMatchObject({ body: 'see this', attachments });
      const { body: page } = await bot.get(`/chat/${chatId}/messages`);
      expect(page.messages[0].attachments).toEqual(attachments);
      const { body: single } = await bot.get(`/chat/message/${body.id}`);
      expect(single.attachmentIds.toSorted()).toEqual([`${chatId}1`, `${chatId}2`]);
      expect(single).not.toHaveProperty('attachments');

      const { body: none } = await alice.post('/chat/message', { chatId, body: '', attachmentIds: ['unknown'] });
      expect(none).not.toHaveProperty('attachments');
    });

    const TOO_LONG = 'maximum allowed body length is 4096 characters';
    const TOO_MANY = 'maximum number of files allowed is 10';
    const ids = (count: number) => Array.from({ length: count }, (_, i) => `file ${i}`);

    it('limits the body in bytes and the files by their ids', async () => {
      const send = (fields: object): Promise<ApiResponse> => alice.post('/chat/message', { chatId, ...fields });
      expect((await send({ body: 'x'.repeat(4096) })).status).toBe(201);
      expect((await send({ body: 'é'.repeat(2048) })).status).toBe(201);
      expect(await send({ body: 'x'.repeat(4097) })).toMatchObject({ status: 400, body: clientError(TOO_LONG) });
      expect(await send({ body: 'é'.repeat(2049) })).toMatchObject({ status: 400, body: clientError(TOO_LONG) });
      expect((await send({ attachmentIds: ids(10) })).status).toBe(201);
      expect(await send({ attachmentIds: ids(11) })).toMatchObject({ status: 400, body: clientError(TOO_MANY) });
      expect(await bot.post('/chat/message', { chatId, body: 'x'.repeat(4097) })).toMatchObject({ status: 400 });
    });

    it('checks the chat, then the membership, then the body, then the files', async () => {
      const eve = await apis.signUp('Eve');
      const wrong = { body: 'x'.repeat(4097), attachmentIds: ids(11) };
      const check = async (caller: TestPerson | TestBot, fields: object, status: number, message: string) =>
        expect(await caller.post('/chat/message', { ...wrong, ...fields })).toMatchObject({
          status,
          body: clientError(message),
        });
      await check(eve, { chatId: 'nowhere' }, 404, 'Chat not found.');
      await check(eve, {}, 404, 'Chat not found.');
      await check(eve, { chatId: null }, 404, 'Chat not found.');
      await check(eve, { chatId }, 403, 'Chat is not related to current user.');
      await check(await apis.createBot(), { chatId }, 403, 'Chat is not related to current bot.');
      await check(alice, { chatId }, 400, TOO_LONG);
      await check(alice, { chatId, body: '' }, 400, TOO_MANY);
    });

    it.each([[{ chatId: 5 }], [{ body: ['x'] }], [{ body: {} }], [{ attachmentIds: 5 }], [{ attachmentIds: [5] }]])(
      'rejects fields of another type: %j',
      async (fields) => {
        const error = clientError(expect.any(String), { code: 'invalid_field', field: Object.keys(fields)[0] });
        expect(await alice.post('/chat/message', { chatId, body: 'x', ...fields })).toMatchObject({
          status: 400,
          body: error,
        });
      },
    );

    describe('with an idempotency key', () => {
      const send = (caller: TestPerson | TestBot, body: string, key: string) =>
        caller.post('/chat/message', { chatId, body }, { headers: { 'idempotency-key': key } });

      it('creates one message, however often it is sent', async () => {
        const answers = await Promise.all(Array.from({ length: 50 }, () => send(alice, 'once', 'key-1')));
        expect(new Set(answers.map(({ status, body }) => `${status} ${body.id}`)).size).toBe(1);
        expect((await send(bot, 'mine', 'key-1')).body.senderId).toBe(bot.id);
        expect((await alice.get(`/chat/${chatId}/messages`)).body.total).toBe(2);
      });

      it('rejects another message with the same key', async () => {
        await send(alice, 'one', 'k');
        expect(await send(alice, 'other', 'k')).toMatchObject({
          status: 422,
          body: { code: 'message.dedup_key_reused' },
        });
      });

      it('rejects the same key in two chats under concurrent requests to two processes', async () => {
        const second = await startApp({ DATABASE_URL: apis.settings.databaseUrl });
        const there = new ApiCaller(`${second.url}/v1/client-api`, { cookie: alice.cookie });
        const chats = [chatId, await openChat()];
        for (let round = 0; round < 40; round++) {
          const options = { headers: { 'idempotency-key': `round-${round}` } };
          const answers = await Promise.all(
            [alice, there].map((caller, i) => caller.post('/chat/message', { chatId: chats[i], body: 'x' }, options)),
          );
          expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 422]);
        }
        await second.close();
      });

      it.each(['', 'x'.repeat(256), 'a b'])('rejects the key %j', async (key) => {
        expect(await send(alice, 'x', key)).toMatchObject({ status: 400, body: { code: 'invalid_idempotency_key' } });
      });
    });
  });

  describe('GET /chat/:id/messages', () => {
    interface Shown {
      id: string;
      body: string;
      senderId: string;
      timestamp: number;
    }
    const page = async (query: string, caller: TestPerson | TestBot = alice) => {
      const { status, body } = await caller.get(`/chat/${chatId}/messages${query}`);
      expect(status).toBe(200);
      return body as { chatId: string; total: number; page: number; limit: number; messages: Shown[] };
    };
    /** Sends "1" to "count", every third message as the bot. */
    const sendText = async (count: number, from = 1): Promise<Shown[]> => {
      const sent: Shown[] = [];
      for (let i = from; i < from + count; i++) {
        sent.push((await (i % 3 ? alice : bot).post('/chat/message', { chatId, body: String(i) })).body);
      }
      return sent;
    };
    const bodies = ({ messages }: { messages: Shown[] }) => messages.map(({ body }) => body);
    const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => String(from + i));

    /** Reads the whole chat by pages of each limit, and compares it with the sent messages. */
    async function expectExactPages(sent: readonly string[], query = '', limits = range(1, 20).map(Number)) {
      for (const limit of limits) {
        for (let n = 1; n <= Math.ceil(sent.length / limit) + 1; n++) {
          const end = Math.max(sent.length - (n - 1) * limit, 0);
          const expected = sent.slice(Math.max(end - limit, 0), end);
          const shown = await page(`?page=${n}&limit=${limit}${query}`);
          expect({ n, limit, total: shown.total, bodies: bodies(shown) }).toEqual({
            n,
            limit,
            total: sent.length,
            bodies: expected,
          });
        }
      }
    }

    it('returns an empty chat', async () => {
      expect(await page('')).toEqual({ chatId, total: 0, page: 1, limit: 20, messages: [] });
    });

    it('returns the newest 20 messages, oldest first, without the chat id in each', async () => {
      const sent = await sendText(25);
      const shown = await page('');
      const expected = sent.slice(5).map(({ id, senderId, body, timestamp }) => ({ id, senderId, body, timestamp }));
      expect(shown).toEqual({ chatId, total: 25, page: 1, limit: 20, messages: expected });
      expect(await page('', bot)).toEqual(shown);
    });

    it('returns exact pages of any size', async () => {
      await sendText(47);
      await expectExactPages(range(1, 47));
    });

    it('returns exact pages with other entries and removed messages in between', async () => {
      const sent = await sendText(20);
      const remove = async (body: string) => {
        const { id } = sent.find((message) => message.body === body)!;
        await sql(`WITH chat AS (UPDATE chats SET last_seq = last_seq + 1, message_count = message_count - 1,
                                   last_at = last_at + interval '1 ms' WHERE id = '${chatId}' RETURNING last_seq, last_at),
                        gone AS (UPDATE messages SET removed_at = now(), body = '' WHERE id = '${id}')
                   INSERT INTO chat_events (chat_id, seq, type, subject_id, created_at)
                   SELECT '${chatId}', last_seq, 'message.removed', '${id}', last_at FROM chat`);
      };
      await remove('3');
      await remove('4');
      await remove('20');
      sent.push(...(await sendText(13, 21)));
      await remove('33');
      await remove('1');
      sent.push(...(await sendText(3, 34)));
      await remove('34');
      const gone = ['1', '3', '4', '20', '33', '34'];
      const standing = range(1, 36).filter((body) => !gone.includes(body));
      await expectExactPages(standing);
      await expectExactPages(standing, '&since=1', [1, 7, 20]);
      const byBot = standing.filter((body) => Number(body) % 3 === 0);
      await expectExactPages(byBot, `&sender_id=${bot.id}`, [1, 2, 5]);
    });

    it('filters by sender and time, and counts the matching messages', async () => {
      const sent = await sendText(12);
      const since = sent[5].timestamp;
      expect(await page(`?sender_id=${bot.id}`)).toMatchObject({ total: 4, limit: 20 });
      expect(bodies(await page(`?sender_id=${bot.id}`))).toEqual(['3', '6', '9', '12']);
      expect(bodies(await page(`?sender_id=${bot.id}&limit=1&page=2`))).toEqual(['9']);
      expect(bodies(await page(`?since=${since}`))).toEqual(range(7, 12));
      expect(bodies(await page(`?since=${since - 1}`))).toEqual(range(6, 12));
      expect(await page(`?since=${since}&limit=2&page=3`)).toMatchObject({ total: 6, page: 3, limit: 2 });
      expect(bodies(await page(`?since=${since}&limit=2&page=3`))).toEqual(['7', '8']);
      expect(bodies(await page(`?since=${since}&sender_id=${bot.id}`))).toEqual(['9', '12']);
      expect(await page('?sender_id=missing')).toMatchObject({ total: 0, messages: [] });
      expect(await page('?sender_id=&since=0')).toMatchObject({ total: 12 });
    });

    it('returns the reply of a bot to the query of the web client', async () => {
      for (let i = 0; i < 5; i++) {
        const { body: mine } = await alice.post('/chat/message', { chatId, body: `question ${i}` });
        const look = `?sender_id=${bot.id}&page=1&limit=1&since=${mine.timestamp}`;
        expect(await page(look)).toMatchObject({ total: 0, messages: [] });
        await bot.post('/chat/message', { chatId, body: `answer ${i}` });
        expect(bodies(await page(look))).toEqual([`answer ${i}`]);
      }
    });

    it.each<[string, object]>([
      ['?limit=-1', { page: 1, limit: -1, total: 5, bodies: range(1, 5) }],
      ['?limit=0', { page: 1, limit: 0, total: 5, bodies: [] }],
      ['?limit=0&since=1', { page: 1, limit: 0, total: 5, bodies: [] }],
      ['?page=0&limit=2', { page: 0, limit: 2, total: 5, bodies: ['4', '5'] }],
      ['?page=-3&limit=2', { page: -3, limit: 2, total: 5, bodies: ['4', '5'] }],
      ['?page=9', { page: 9, limit: 20, total: 5, bodies: [] }],
      ['?page=abc&limit=x&since=y', { page: 1, limit: 20, total: 5, bodies: range(1, 5) }],
      ['?page=1.5&limit=1e1&since=0x1', { page: 1, limit: 20, total: 5, bodies: range(1, 5) }],
      ['?page=&limit=&since=', { page: 1, limit: 20, total: 5, bodies: range(1, 5) }],
      ['?limit=2&limit=3&limit[]=5', { page: 1, limit: 2, total: 5, bodies: ['4', '5'] }],
      ['?limit=1000000000', { page: 1, limit: 1e9, total: 5, bodies: range(1, 5) }],
      ['?page=9007199254740991&limit=9007199254740991', { page: Number.MAX_SAFE_INTEGER, total: 5, bodies: [] }],
      ['?page=9007199254740991&limit=1000&since=1', { page: Number.MAX_SAFE_INTEGER, total: 5, bodies: [] }],
      ['?limit=9223372036854775808', { limit: 20, total: 5 }],
      [`?limit=${'9'.repeat(400)}`, { limit: 20, total: 5 }],
      ['?since=-1', { total: 5 }],
      ['?since=9007199254740991', { total: 0, bodies: [] }],
      ['?since=-9007199254740991&sender_id=x', { total: 0, bodies: [] }],
      ['?sender_id=%27%3BDROP%20TABLE', { total: 0, bodies: [] }],
    ])('returns the page for %s', async (query, expected) => {
      await sendText(5);
      const shown = await page(query);
      expect({ ...shown, bodies: bodies(shown) }).toMatchObject(expected);
    });

    it('caps pages at 1000 messages and leaves no gap between pages', async () => {
      await sql(`UPDATE chats SET last_seq = 1500, message_count = 1500 WHERE id = '${chatId}';
        INSERT INTO messages (id, chat_id, seq, sender_id, kind, body, created_at)
        SELECT '${chatId}' || n, '${chatId}', n, '${alice.id}', 'text', n::text, to_timestamp(1700000000 + n)
        FROM generate_series(1, 1500) n`);
      expect(bodies(await page('?limit=-1'))).toEqual(range(501, 1500));
      expect(bodies(await page('?limit=5000&page=2'))).toEqual(range(1, 500));
      expect(bodies(await page('?limit=-1&since=1'))).toEqual(range(501, 1500));
      expect(bodies(await page('?limit=7&page=100'))).toEqual(range(801, 807));
    });

    it('rejects users who are not in the chat', async () => {
      const [eve, other] = [await apis.signUp(), await apis.createBot()];
      const path = `/chat/${chatId}/messages`;
      expect(await eve.get(path)).toMatchObject({
        status: 403,
        body: clientError('Chat is not related to current user.'),
      });
      expect(await other.get(path)).toMatchObject({
        status: 403,
        body: clientError('Chat is not related to current bot.'),
      });
      const nowhere = { status: 404, body: clientError('Chat not found.') };
      expect(await alice.get('/chat/nowhere/messages')).toMatchObject(nowhere);
      expect(await bot.get('/chat/nowhere/messages')).toMatchObject(nowhere);
    });
  });

  describe('GET /chat/message/:id of the Bot API', () => {
    it('returns one message', async () => {
      const { body: message } = await alice.post('/chat/message', { chatId, body: 'Hello' });
      const { status, body } = await bot.get(`/chat/message/${message.id}`);
      expect(status).toBe(200);
      expect(body).toEqual(message);
    });

    it('rejects messages of other chats, deleted messages and unknown ids', async () => {
      const { body: message } = await alice.post('/chat/message', { chatId, body: 'Hello' });
      const other = await apis.createBot();
      expect(await other.get(`/chat/message/${message.id}`)).toMatchObject({
        status: 403,
        body: clientError('Chat is not related to current bot.'),
      });
      const gone = { status: 404, body: clientError('Message not found.') };
      expect(await bot.get('/chat/message/nothing')).toMatchObject(gone);
      await sql(`UPDATE messages SET removed_at = now() WHERE id = '${message.id}'`);
      expect(await bot.get(`/chat/message/${message.id}`)).toMatchObject(gone);
    });
  });
});
