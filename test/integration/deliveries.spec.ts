import { createHmac } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { SYSTEM_ACTOR } from '../../src/modules/auth/index.js';
import { BotEndpointsService } from '../../src/modules/bots/index.js';
import { BacklogLimiter } from '../../src/modules/deliveries/worker/backlog-limiter.js';
import { GroupsService } from '../../src/modules/chats/index.js';
import { HistoryCleaner } from '../../src/modules/messages/history-cleaner.js';
import { MessageEditor, MessagesService } from '../../src/modules/messages/index.js';
import { type RunningDomain, startDomain } from '../support/domain.js';
import { respondOk, type Sink, startSink } from '../support/sink.js';
import { waitFor } from '../support/wait-for.js';
import { deliveryFixtures } from './delivery-fixtures.js';

describe('deliveries', () => {
  let domain: RunningDomain;
  let sink: Sink;
  const { get, query, aChat, deliveriesOf, at } = deliveryFixtures(
    () => domain,
    () => sink,
  );

  beforeAll(async () => {
    sink = await startSink();
    domain = await startDomain({
      worker: true,
      CALLBACK_RETRY_SCHEDULE: [0, 0.1, 0.1],
      CALLBACK_TIMEOUT_MS: 500,
    });
  });

  afterAll(async () => {
    await domain.close();
    await sink.close();
  });

  beforeEach(() => sink.setBehaviour(respondOk));

  it("signs callbacks of the client format with the endpoint's secret, not with the API token", async () => {
    const { chat, endpoint, path, say } = await aChat();
    const message = await say('hello');
    const [callback] = await waitFor(() => (at(path).length > 0 ? at(path) : undefined), { what: 'the callback' });
    expect(JSON.parse(callback.body)).toEqual({ id: message.id, body: 'hello' });
    expect(callback.headers).toMatchObject({
      authorization: 'open sesame',
      'content-type': 'application/json',
      'webhook-id': `evt_${message.id}`,
      'x-delivery-attempt': '1',
      'x-chat-seq': '1',
    });
    expect(callback.headers).not.toHaveProperty('x-sendbird-signature');
    const secret = get(BotEndpointsService).revealSigningSecret(endpoint);
    expect(new Webhook(secret).verify(callback.body, callback.headers as Record<string, string>)).toBeTruthy();
    await waitFor(async () => (await deliveriesOf(chat.id)).length === 1, { what: 'the delivery row' });
    expect(await deliveriesOf(chat.id)).toEqual([{ seq: 1, status: 'delivered', reason: '', attempts: 1 }]);
  });

  it('keeps the order of a burst, and leaves the subscription idle', async () => {
    const { chat, path, say } = await aChat();
    const sent = await Promise.all(Array.from({ length: 60 }, (_, index) => say(`message ${index}`)));
    await waitFor(() => at(path).length === 60, { what: '60 callbacks', timeoutMs: 15_000 });
    const inOrder = [...sent].sort((a, b) => a.seq - b.seq).map(({ id }) => id);
    expect(at(path).map(({ body }) => (JSON.parse(body) as { id: string }).id)).toEqual(inOrder);
    await waitFor(
      async () =>
        (
          await query(
            'SELECT 1 FROM subscriptions WHERE chat_id = $1 AND due_at IS NULL AND lease_token IS NULL AND cursor_seq = 60',
            [chat.id],
          )
        ).length === 1,
      { what: 'the idle subscription' },
    );
    expect(await query('SELECT 1 FROM chats WHERE id = $1 AND pending_since IS NULL', [chat.id])).toHaveLength(1);
  });

  it('rejects messages to a bot with a full backlog until it shrinks, but no messages in groups or to other bots', async () => {
    const { bot, chat, path, person, say } = await aChat();
    const other = await aChat();
    const group = await get(GroupsService).create(SYSTEM_ACTOR, {
      title: 'People',
      userIds: [person.id, other.person.id, bot.id],
    });
    const sayToAll = (body: string) =>
      get(MessagesService).send(SYSTEM_ACTOR, { chatId: group.id, senderId: person.id, body });
    const responses: (() => void)[] = [];
    sink.setBehaviour((callback, response) => {
      if (callback.path !== path) return respondOk(callback, response);
      responses.push(() => respondOk(callback, response));
    });
    domain.settings.DELIVERY_BACKLOG_LIMIT = 3;
    try {
      for (let n = 0; n < 4; n++) await say(`message ${n}`);
      await sayToAll('Hi Leo');
      await waitFor(() => at(path).length > 1, { what: 'the pending callbacks' });
      await get(BacklogLimiter).mark();
      await expect(say('one more')).rejects.toMatchObject({ kind: 'rate_limited', code: 'chat.backlog_full' });
      await sayToAll('Still open');
      await other.say('another bot');
      const asBot = { kind: 'bot', id: bot.id, scopes: [] } as const;
      await get(MessagesService).send(asBot, { chatId: chat.id, senderId: bot.id, body: 'I am working on it' });

      sink.setBehaviour(respondOk);
      for (const respond of responses) respond();
      await waitFor(async () => (await deliveriesOf(chat.id)).length === 5, { what: 'the other deliveries' });
      await get(BacklogLimiter).mark();
      expect((await say('at last')).seq).toBe(6);
    } finally {
      domain.settings.DELIVERY_BACKLOG_LIMIT = 50_000;
    }
  });

  it('delivers messages that arrive while a page is being delivered', async () => {
    const { chat, path, say } = await aChat();
    const isDispatched = async () =>
      (await query('SELECT 1 FROM chats WHERE id = $1 AND pending_since IS NULL', [chat.id])).length > 0;
    const handle = async (body: string): Promise<void> => {
      if (body === 'a') await Promise.all([say('b'), say('c')]);
      if (body === 'b') await say('d');
      if (body < 'c') await waitFor(isDispatched, { what: 'the dispatch' });
    };
    sink.setBehaviour(({ body }, response) => {
      void handle((JSON.parse(body) as { body: string }).body).then(() => response.writeHead(200).end());
    });
    await say('a');
    await waitFor(() => at(path).length === 4, { what: 'all four callbacks', timeoutMs: 3000 });
    await waitFor(async () => (await deliveriesOf(chat.id)).length === 4, { what: 'all four delivery rows' });
  });

  it('retries a failed entry with the same id and bytes before the next entry', async () => {
    const { chat, path, say } = await aChat();
    let failures = 2;
    sink.setBehaviour((callback, response) =>
      failures-- > 0 ? void response.writeHead(500).end('not now') : respondOk(callback, response),
    );
    const first = await say('first');
    const second = await say('second');
    await waitFor(() => at(path).length === 4, { what: 'three attempts and the second message', timeoutMs: 10_000 });
    const events = at(path).map(({ headers }) => [headers['webhook-id'], headers['x-delivery-attempt']]);
    expect(events).toEqual([
      [`evt_${first.id}`, '1'],
      [`evt_${first.id}`, '2'],
      [`evt_${first.id}`, '3'],
      [`evt_${second.id}`, '1'],
    ]);
    expect(
      new Set(
        at(path)
          .slice(0, 3)
          .map(({ body }) => body),
      ).size,
    ).toBe(1);
    await waitFor(async () => (await deliveriesOf(chat.id)).length === 2, { what: 'the delivery rows' });
    const attempts = await query(
      'SELECT number, http_status AS status, response_head AS head FROM attempts WHERE chat_id = $1 AND seq = 1 ORDER BY number',
      [chat.id],
    );
    expect(attempts).toEqual([
      { number: 1, status: 500, head: 'not now' },
      { number: 2, status: 500, head: 'not now' },
      { number: 3, status: 200, head: '{}' },
    ]);
  });

  it('marks an entry dead after the last retry, and proceeds to the next', async () => {
    const { chat, path, say } = await aChat();
    sink.setBehaviour((callback, response) =>
      callback.body.includes('poison') ? void response.writeHead(503).end() : respondOk(callback, response),
    );
    await say('poison');
    await say('fine');
    const isDone = async () => (await deliveriesOf(chat.id)).at(1)?.status === 'delivered';
    await waitFor(isDone, { what: 'the second entry', timeoutMs: 10_000 });
    expect(await deliveriesOf(chat.id)).toEqual([
      { seq: 1, status: 'dead', reason: 'http_503', attempts: 3 },
      { seq: 2, status: 'delivered', reason: '', attempts: 1 },
    ]);
    expect(at(path)).toHaveLength(4);
  });

  it('aborts a callback without a response after the timeout', async () => {
    const { chat, path, say } = await aChat();
    sink.setBehaviour((callback, response) => (at(path).length > 1 ? respondOk(callback, response) : undefined));
    await say('anybody there?');
    await waitFor(
      async () =>
        (await query('SELECT 1 FROM attempts WHERE chat_id = $1 AND error_code = $2', [chat.id, 'timeout'])).length ===
        1,
      {
        what: 'the attempt that timed out',
      },
    );
  });

  it('records why an entry is skipped', async () => {
    const { bot, chat, path, say } = await aChat({ isPrivacyMode: true });
    await say('just chatting');
    await get(MessagesService).send(
      { kind: 'bot', id: bot.id, scopes: [] },
      { chatId: chat.id, senderId: bot.id, body: 'hm' },
    );
    await get(MessagesService).send(SYSTEM_ACTOR, {
      chatId: chat.id,
      senderId: null,
      kind: 'admin',
      body: 'maintenance at noon',
    });
    await say('/help');
    await waitFor(async () => (await deliveriesOf(chat.id)).length === 4, { what: 'four delivery rows' });
    expect(await deliveriesOf(chat.id)).toMatchObject([
      { status: 'skipped', reason: 'privacy_mode' },
      { status: 'skipped', reason: 'own_message' },
      { status: 'skipped', reason: 'admin_message' },
      { status: 'delivered' },
    ]);
    expect(at(path)).toHaveLength(1);
  });

  it('starts a new endpoint at the end of the log', async () => {
    const { bot, path, say } = await aChat();
    await say('before');
    await waitFor(() => at(path).length === 1, { what: 'the first callback' });
    await get(BotEndpointsService).set(SYSTEM_ACTOR, bot.id, {
      transport: 'callback',
      format: 'platform',
      url: `${sink.url}/second-${path.slice(1)}`,
    });
    await say('after');
    await waitFor(() => at(path).length === 2 && at(`/second-${path.slice(1)}`).length === 1, {
      what: 'both endpoints',
    });
    const [second] = at(`/second-${path.slice(1)}`);
    const signature = createHmac('sha256', domain.settings.API_TOKEN).update(second.body).digest('hex');
    expect(second.headers['x-sendbird-signature']).toBe(signature);
  });

  it('dispatches a pending chat whose wake-up was lost', async () => {
    const { bot, chat, path, say } = await aChat();
    await query('UPDATE members SET is_bot = false WHERE chat_id = $1', [chat.id]); // the chat is not pending
    await say('lost');
    await query('UPDATE members SET is_bot = true WHERE chat_id = $1 AND user_id = $2', [chat.id, bot.id]);
    await query(`UPDATE chats SET pending_since = now() - interval '2 seconds', dispatched_seq = 0 WHERE id = $1`, [
      chat.id,
    ]);
    await waitFor(() => at(path).length === 1, { what: 'the sweep' });
  });

  const eventsOf = (endpointId: string) =>
    query<{ type: string }>('SELECT type FROM delivery_events WHERE endpoint_id = $1 ORDER BY id', [endpointId]);

  it('marks an entry that is always rejected dead, proceeds, and reports the gap to the receiver', async () => {
    const { chat, path, say } = await aChat();
    sink.setBehaviour((callback, response) =>
      callback.body.includes('poison') ? void response.writeHead(422).end() : respondOk(callback, response),
    );
    await say('fine');
    await waitFor(() => at(path).length === 1, { what: 'the first message' });
    const poison = await say('poison');
    await say('fine again');
    await waitFor(() => at(path).length === 5, { what: 'three attempts and the next message', timeoutMs: 10_000 });
    expect(at(path).map(({ headers }) => headers['x-delivery-gap'])).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      String(poison.seq),
    ]);
    await waitFor(async () => (await deliveriesOf(chat.id)).length === 3, { what: 'the delivery rows' });
    expect(await deliveriesOf(chat.id)).toMatchObject([
      { status: 'delivered' },
      { status: 'dead', reason: 'http_422', attempts: 3 },
      { status: 'delivered' },
    ]);
  });

  it('marks an entry that cannot be rendered dead', async () => {
    const { chat, path, say } = await aChat();
    await say('UNRENDERABLE');
    await say('fine');
    await waitFor(() => at(path).length === 1, { what: 'the second message', timeoutMs: 15_000 });
    await waitFor(async () => (await deliveriesOf(chat.id)).length === 2, { what: 'the delivery rows' });
    expect((await deliveriesOf(chat.id))[0]).toMatchObject({ status: 'dead', reason: 'internal_error' });
  });

  it('disables an endpoint that responds 410, and delivers its backlog after the address is set again', async () => {
    const { bot, endpoint, path, say } = await aChat();
    sink.setBehaviour((_callback, response) => void response.writeHead(410).end());
    await say('anybody?');
    await waitFor(async () => (await eventsOf(endpoint.id)).length === 1, { what: 'the delivery event' });
    expect(await eventsOf(endpoint.id)).toEqual([{ type: 'endpoint.disabled' }]);
    await say('still there?');
    sink.setBehaviour(respondOk);
    expect(at(path)).toHaveLength(1);
    await get(BotEndpointsService).set(SYSTEM_ACTOR, bot.id, {
      transport: 'callback',
      format: 'client',
      url: sink.url + path,
    });
    await waitFor(() => at(path).length === 3, { what: 'both messages', timeoutMs: 10_000 });
    const ids = at(path).map(({ headers }) => headers['webhook-id']);
    expect(ids[1]).toBe(ids[0]);
  });

  it('sends only probes while the circuit is open, posts a notice to the chat, and recovers', async () => {
    const { endpoint, chat, path, say } = await aChat();
    domain.settings.DELIVERY_AWAY_NOTE_AFTER = 0.1;
    sink.setBehaviour((_callback, response) => void response.writeHead(401).end());
    await say('first');
    await waitFor(async () => (await eventsOf(endpoint.id)).length === 1, { what: 'the delivery event' });
    await waitFor(() => at(path).length === 2, { what: 'a probe', timeoutMs: 10_000 });
    expect(at(path)[1].headers['x-delivery-trigger']).toBe('probe');
    sink.setBehaviour(respondOk);
    await waitFor(async () => (await eventsOf(endpoint.id)).length === 2, { what: 'the recovery', timeoutMs: 10_000 });
    expect(await eventsOf(endpoint.id)).toEqual([{ type: 'endpoint.failing' }, { type: 'endpoint.recovered' }]);
    const notices = await query('SELECT 1 FROM messages WHERE chat_id = $1 AND sender_id IS NULL', [chat.id]);
    expect(notices).toHaveLength(1);
    domain.settings.DELIVERY_AWAY_NOTE_AFTER = 30;
  });

  it('pauses the endpoint for the time of its Retry-After', async () => {
    const { endpoint, path, say } = await aChat();
    sink.setBehaviour((_callback, response) => void response.writeHead(429, { 'retry-after': '7' }).end());
    await say('first');
    await waitFor(
      async () =>
        (
          await query(
            `SELECT 1 FROM endpoint_health WHERE endpoint_id = $1 AND blocked_until > now() + interval '5 seconds'`,
            [endpoint.id],
          )
        ).length === 1,
      { what: 'the pause of the endpoint' },
    );
    expect(at(path)).toHaveLength(1);
  });

  it('erases the request and response bodies of a removed message', async () => {
    const { chat, say } = await aChat();
    sink.setBehaviour((_callback, response) => void response.writeHead(500).end('the response'));
    const message = await say('secret');
    const stored = () =>
      query<{ body: boolean; head: string }>(
        `SELECT s.head_body IS NOT NULL AS body, a.response_head AS head FROM subscriptions s JOIN attempts a USING (endpoint_id, chat_id)
         WHERE chat_id = $1 ORDER BY a.id LIMIT 1`,
        [chat.id],
      );
    await waitFor(async () => (await stored())[0]?.head === 'the response', { what: 'the attempt' });
    await get(MessageEditor).delete(SYSTEM_ACTOR, message.id);
    expect(await stored()).toEqual([{ body: false, head: '' }]);
    const next = async () => (await deliveriesOf(chat.id))[0];
    await waitFor(async () => (await next()).status === 'skipped', { what: 'the skip', timeoutMs: 10_000 });
    expect(await next()).toMatchObject({ reason: 'message_removed' });
  });

  it('does not record bodies of a message that is removed during the attempt', async () => {
    const { chat, path, say } = await aChat();
    let respond = (): void => undefined;
    sink.setBehaviour((_callback, response) => void (respond = () => void response.writeHead(500).end('the response')));
    const message = await say('secret');
    await waitFor(() => at(path).length === 1, { what: 'the attempt' });
    await get(MessageEditor).delete(SYSTEM_ACTOR, message.id);
    respond();
    await waitFor(async () => (await query('SELECT 1 FROM attempts WHERE chat_id = $1', [chat.id])).length === 1, {
      what: 'the attempt',
    });
    const rows = await query(
      `SELECT s.head_body AS body, a.response_head AS head FROM subscriptions s JOIN attempts a USING (endpoint_id, chat_id)
       WHERE chat_id = $1`,
      [chat.id],
    );
    expect(rows).toEqual([{ body: null, head: '' }]);
  });

  it('sends and records no message of a history that is cleared during the attempt', async () => {
    const { chat, path, person, say } = await aChat();
    let respond = (): void => undefined;
    sink.setBehaviour((_callback, response) => void (respond = () => void response.writeHead(500).end('the response')));
    await say('secret');
    await waitFor(() => at(path).length === 1, { what: 'the attempt' });
    for (const body of ['more', 'and more']) await say(body);
    await get(HistoryCleaner).clearForAll({ kind: 'user', id: person.id, scopes: [] }, chat.id);
    const [{ erased }] = await query<{ erased: unknown[] }>(
      'SELECT ARRAY(SELECT unnest(erased_seqs) ORDER BY 1)::text[] AS erased FROM subscriptions WHERE chat_id = $1',
      [chat.id],
    );
    expect(erased).toEqual(['1', '2', '3']);
    respond();
    await waitFor(async () => (await deliveriesOf(chat.id)).length === 4, { what: 'the end of the log' });
    expect((await deliveriesOf(chat.id)).map(({ reason }) => reason)).toEqual([
      ...['message_removed', 'message_removed', 'message_removed'],
      'not_a_message',
    ]);
    expect(at(path)).toHaveLength(1);
    expect(await query(`SELECT 1 FROM attempts WHERE chat_id = $1 AND response_head <> ''`, [chat.id])).toEqual([]);
  });
});
