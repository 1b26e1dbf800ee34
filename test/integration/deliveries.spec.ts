import { createHmac } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { SYSTEM } from '../../src/modules/auth/index.js';
import { BotEndpointsService } from '../../src/modules/bots/index.js';
import { BacklogKeeper } from '../../src/modules/deliveries/worker/backlog-keeper.js';
import { GroupsService } from '../../src/modules/chats/index.js';
import { HistoryCleaner } from '../../src/modules/messages/history-cleaner.js';
import { MessageEditor, MessagesService } from '../../src/modules/messages/index.js';
import { type RunningDomain, startDomain } from '../support/domain.js';
import { answerOk, type Sink, startSink } from '../support/sink.js';
import { waitFor } from '../support/wait-for.js';
import { deliveryStage } from './delivery-stage.js';

describe('deliveries', () => {
  let domain: RunningDomain;
  let sink: Sink;
  const { get, query, aChat, deliveriesOf, at } = deliveryStage(
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

  beforeEach(() => sink.behave(answerOk));

  it("signs callbacks of the Client format with the endpoint's own secret, and not with the API token", async () => {
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

  it('keeps the order of a burst, and leaves the lane with nothing to do', async () => {
    const { chat, path, say } = await aChat();
    const sent = await Promise.all(Array.from({ length: 60 }, (_, index) => say(`message ${index}`)));
    await waitFor(() => at(path).length === 60, { what: '60 callbacks', timeoutMs: 15_000 });
    const inOrder = [...sent].sort((a, b) => a.seq - b.seq).map(({ id }) => id);
    expect(at(path).map(({ body }) => (JSON.parse(body) as { id: string }).id)).toEqual(inOrder);
    await waitFor(
      async () =>
        (
          await query(
            'SELECT 1 FROM lanes WHERE chat_id = $1 AND due_at IS NULL AND lease_token IS NULL AND cursor_seq = 60',
            [chat.id],
          )
        ).length === 1,
      { what: 'the idle lane' },
    );
    expect(await query('SELECT 1 FROM chats WHERE id = $1 AND armed_at IS NULL', [chat.id])).toHaveLength(1);
  });

  it('closes the chats of a bot for which too much is waiting, and opens them again; but none where people are among themselves', async () => {
    const { bot, chat, path, person, say } = await aChat();
    const other = await aChat();
    const group = await get(GroupsService).create(SYSTEM, {
      title: 'People',
      userIds: [person.id, other.person.id, bot.id],
    });
    const sayToAll = (body: string) =>
      get(MessagesService).send(SYSTEM, { chatId: group.id, senderId: person.id, body });
    const answers: (() => void)[] = [];
    sink.behave((callback, response) => {
      if (callback.path !== path) return answerOk(callback, response);
      answers.push(() => answerOk(callback, response));
    });
    domain.settings.DELIVERY_BACKLOG_LIMIT = 3;
    try {
      for (let n = 0; n < 4; n++) await say(`message ${n}`);
      await sayToAll('Hi Leo');
      await waitFor(() => at(path).length > 1, { what: 'the callbacks that hang' });
      await get(BacklogKeeper).mark();
      await expect(say('one more')).rejects.toMatchObject({ kind: 'rate_limited', code: 'chat.backlog_full' });
      await sayToAll('It does not hear us');
      await other.say('nobody else is asked to wait');
      const asBot = { kind: 'bot', id: bot.id, scopes: [] } as const;
      await get(MessagesService).send(asBot, { chatId: chat.id, senderId: bot.id, body: 'I am working on it' });

      sink.behave(answerOk);
      for (const answer of answers) answer();
      await waitFor(async () => (await deliveriesOf(chat.id)).length === 5, { what: 'the rest' });
      await get(BacklogKeeper).mark();
      expect((await say('at last')).seq).toBe(6);
    } finally {
      domain.settings.DELIVERY_BACKLOG_LIMIT = 50_000;
    }
  });

  it('does not forget what comes while it is in the middle of a page', async () => {
    const { chat, path, say } = await aChat();
    const isWoken = async () =>
      (await query('SELECT 1 FROM chats WHERE id = $1 AND armed_at IS NULL', [chat.id])).length > 0;
    const answer = async (said: string): Promise<void> => {
      if (said === 'a') await Promise.all([say('b'), say('c')]);
      if (said === 'b') await say('d');
      if (said < 'c') await waitFor(isWoken, { what: 'the lane to be woken' });
    };
    sink.behave(({ body }, response) => {
      void answer((JSON.parse(body) as { body: string }).body).then(() => response.writeHead(200).end());
    });
    await say('a');
    await waitFor(() => at(path).length === 4, { what: 'all four', timeoutMs: 3000 });
    await waitFor(async () => (await deliveriesOf(chat.id)).length === 4, { what: 'all four to be written down' });
  });

  it('tries a failed entry again with the same id and the same bytes, before the next one', async () => {
    const { chat, path, say } = await aChat();
    let failures = 2;
    sink.behave((callback, response) =>
      failures-- > 0 ? void response.writeHead(500).end('not now') : answerOk(callback, response),
    );
    const first = await say('first');
    const second = await say('second');
    await waitFor(() => at(path).length === 4, { what: 'three tries and the second message', timeoutMs: 10_000 });
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

  it('gives an entry up when the schedule is used up, and goes on with the next', async () => {
    const { chat, path, say } = await aChat();
    sink.behave((callback, response) =>
      callback.body.includes('poison') ? void response.writeHead(503).end() : answerOk(callback, response),
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

  it('cuts off a bot that never answers', async () => {
    const { chat, path, say } = await aChat();
    sink.behave((callback, response) => (at(path).length > 1 ? answerOk(callback, response) : undefined));
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

  it('writes down why an entry is not sent', async () => {
    const { bot, chat, path, say } = await aChat({ isPrivacyMode: true });
    await say('just chatting');
    await get(MessagesService).send(
      { kind: 'bot', id: bot.id, scopes: [] },
      { chatId: chat.id, senderId: bot.id, body: 'hm' },
    );
    await get(MessagesService).send(SYSTEM, {
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
    await get(BotEndpointsService).set(SYSTEM, bot.id, {
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

  it('rings again for a bell that was lost', async () => {
    const { bot, chat, path, say } = await aChat();
    await query('UPDATE members SET is_bot = false WHERE chat_id = $1', [chat.id]); // the chat is not pending
    await say('lost');
    await query('UPDATE members SET is_bot = true WHERE chat_id = $1 AND user_id = $2', [chat.id, bot.id]);
    await query(`UPDATE chats SET armed_at = now() - interval '2 seconds', dispatched_seq = 0 WHERE id = $1`, [
      chat.id,
    ]);
    await waitFor(() => at(path).length === 1, { what: 'the sweeper' });
  });

  const eventsOf = (endpointId: string) =>
    query<{ type: string }>('SELECT type FROM delivery_events WHERE endpoint_id = $1 ORDER BY id', [endpointId]);

  it('gives up an event that alone is refused, goes on, and tells the receiver of the gap', async () => {
    const { chat, path, say } = await aChat();
    sink.behave((callback, response) =>
      callback.body.includes('poison') ? void response.writeHead(422).end() : answerOk(callback, response),
    );
    await say('fine');
    await waitFor(() => at(path).length === 1, { what: 'the first message' });
    const poison = await say('poison');
    await say('fine again');
    await waitFor(() => at(path).length === 5, { what: 'three tries and the next', timeoutMs: 10_000 });
    expect(at(path).map(({ headers }) => headers['x-lane-gap'])).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      String(poison.seq),
    ]);
    await waitFor(async () => (await deliveriesOf(chat.id)).length === 3, { what: 'the rows' });
    expect(await deliveriesOf(chat.id)).toMatchObject([
      { status: 'delivered' },
      { status: 'dead', reason: 'http_422', attempts: 3 },
      { status: 'delivered' },
    ]);
  });

  it('gives up what it cannot put into words', async () => {
    const { chat, path, say } = await aChat();
    await say('UNSPEAKABLE');
    await say('fine');
    await waitFor(() => at(path).length === 1, { what: 'the second message', timeoutMs: 15_000 });
    await waitFor(async () => (await deliveriesOf(chat.id)).length === 2, { what: 'the rows' });
    expect((await deliveriesOf(chat.id))[0]).toMatchObject({ status: 'dead', reason: 'internal_error' });
  });

  it('disables an address that is gone, keeps what is said, and delivers it when the address is set anew', async () => {
    const { bot, endpoint, path, say } = await aChat();
    sink.behave((_callback, response) => void response.writeHead(410).end());
    await say('anybody?');
    await waitFor(async () => (await eventsOf(endpoint.id)).length === 1, { what: 'the news' });
    expect(await eventsOf(endpoint.id)).toEqual([{ type: 'endpoint.disabled' }]);
    await say('still there?');
    sink.behave(answerOk);
    expect(at(path)).toHaveLength(1);
    await get(BotEndpointsService).set(SYSTEM, bot.id, {
      transport: 'callback',
      format: 'client',
      url: sink.url + path,
    });
    await waitFor(() => at(path).length === 3, { what: 'both messages', timeoutMs: 10_000 });
    const ids = at(path).map(({ headers }) => headers['webhook-id']);
    expect(ids[1]).toBe(ids[0]);
  });

  it('calls nobody while the circuit is open, but for a probe, tells the chat, and comes back', async () => {
    const { endpoint, chat, path, say } = await aChat();
    domain.settings.DELIVERY_AWAY_NOTE_AFTER = 0.1;
    sink.behave((_callback, response) => void response.writeHead(401).end());
    await say('first');
    await waitFor(async () => (await eventsOf(endpoint.id)).length === 1, { what: 'the news' });
    await waitFor(() => at(path).length === 2, { what: 'a probe', timeoutMs: 10_000 });
    expect(at(path)[1].headers['x-delivery-trigger']).toBe('probe');
    sink.behave(answerOk);
    await waitFor(async () => (await eventsOf(endpoint.id)).length === 2, { what: 'the recovery', timeoutMs: 10_000 });
    expect(await eventsOf(endpoint.id)).toEqual([{ type: 'endpoint.failing' }, { type: 'endpoint.recovered' }]);
    const notes = await query('SELECT 1 FROM messages WHERE chat_id = $1 AND sender_id IS NULL', [chat.id]);
    expect(notes).toHaveLength(1);
    domain.settings.DELIVERY_AWAY_NOTE_AFTER = 30;
  });

  it('leaves the whole bot alone for as long as it asks', async () => {
    const { endpoint, path, say } = await aChat();
    sink.behave((_callback, response) => void response.writeHead(429, { 'retry-after': '7' }).end());
    await say('first');
    await waitFor(
      async () =>
        (
          await query(
            `SELECT 1 FROM endpoint_health WHERE endpoint_id = $1 AND blocked_until > now() + interval '5 seconds'`,
            [endpoint.id],
          )
        ).length === 1,
      { what: 'the endpoint to be left alone' },
    );
    expect(at(path)).toHaveLength(1);
  });

  it('forgets what was sent, and answered, of a message that is removed', async () => {
    const { chat, say } = await aChat();
    sink.behave((_callback, response) => void response.writeHead(500).end('the answer'));
    const message = await say('secret');
    const kept = () =>
      query<{ body: boolean; head: string }>(
        `SELECT l.head_body IS NOT NULL AS body, a.response_head AS head FROM lanes l JOIN attempts a USING (endpoint_id, chat_id)
         WHERE chat_id = $1 ORDER BY a.id LIMIT 1`,
        [chat.id],
      );
    await waitFor(async () => (await kept())[0]?.head === 'the answer', { what: 'the attempt' });
    await get(MessageEditor).remove(SYSTEM, message.id);
    expect(await kept()).toEqual([{ body: false, head: '' }]);
    const next = async () => (await deliveriesOf(chat.id))[0];
    await waitFor(async () => (await next()).status === 'skipped', { what: 'the skip', timeoutMs: 10_000 });
    expect(await next()).toMatchObject({ reason: 'message_removed' });
  });

  it('does not write down what was sent of a message that was removed meanwhile', async () => {
    const { chat, path, say } = await aChat();
    let answer = (): void => undefined;
    sink.behave((_callback, response) => void (answer = () => void response.writeHead(500).end('the answer')));
    const message = await say('secret');
    await waitFor(() => at(path).length === 1, { what: 'the try' });
    await get(MessageEditor).remove(SYSTEM, message.id);
    answer();
    await waitFor(async () => (await query('SELECT 1 FROM attempts WHERE chat_id = $1', [chat.id])).length === 1, {
      what: 'the attempt',
    });
    const rows = await query(
      `SELECT l.head_body AS body, a.response_head AS head FROM lanes l JOIN attempts a USING (endpoint_id, chat_id)
       WHERE chat_id = $1`,
      [chat.id],
    );
    expect(rows).toEqual([{ body: null, head: '' }]);
  });

  it('tells nothing more, and writes nothing down, of what was cleared for all while it was told', async () => {
    const { chat, path, person, say } = await aChat();
    let answer = (): void => undefined;
    sink.behave((_callback, response) => void (answer = () => void response.writeHead(500).end('the answer')));
    await say('secret');
    await waitFor(() => at(path).length === 1, { what: 'the try' });
    for (const body of ['more', 'and more']) await say(body);
    await get(HistoryCleaner).clearForAll({ kind: 'person', id: person.id, scopes: [] }, chat.id);
    const [{ erased }] = await query<{ erased: unknown[] }>(
      'SELECT ARRAY(SELECT unnest(erased_seqs) ORDER BY 1)::text[] AS erased FROM lanes WHERE chat_id = $1',
      [chat.id],
    );
    expect(erased).toEqual(['1', '2', '3']);
    answer();
    await waitFor(async () => (await deliveriesOf(chat.id)).length === 4, { what: 'the log to be done' });
    expect((await deliveriesOf(chat.id)).map(({ reason }) => reason)).toEqual([
      ...['message_removed', 'message_removed', 'message_removed'],
      'not_a_message',
    ]);
    expect(at(path)).toHaveLength(1);
    expect(await query(`SELECT 1 FROM attempts WHERE chat_id = $1 AND response_head <> ''`, [chat.id])).toEqual([]);
  });
});
