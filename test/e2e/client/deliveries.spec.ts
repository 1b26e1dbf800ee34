import { Webhook } from 'standardwebhooks';
import { CircuitBreaker } from '../../../src/modules/deliveries/worker/circuit-breaker.js';
import { respondOk, type Sink, startSink } from '../../support/sink.js';
import { waitFor } from '../../support/wait-for.js';
import { type ClientApis, type Json, startClientApis } from './client-caller.js';

describe('Admin API: deliveries', () => {
  let apis: ClientApis;
  let sink: Sink;

  beforeAll(async () => {
    sink = await startSink();
    apis = await startClientApis({
      ROLES: ['api', 'worker'],
      CALLBACK_RETRY_SCHEDULE: [0, 0.05],
      CALLBACK_TIMEOUT_MS: 500,
    });
  });
  afterAll(async () => {
    await apis.close();
    await sink.close();
  });
  beforeEach(() => sink.setBehaviour(respondOk));

  /** A bot with a webhook, and a person with a chat with it. */
  async function aSubscription() {
    const bot = await apis.createBot();
    const path = `/${bot.id}`;
    await bot.post('/bot/webhook', { url: sink.url + path });
    const person = await apis.signUp();
    const { body: chat } = await person.post('/chat', { botId: bot.id });
    const { body: endpoints } = await apis.admin.get(`/bot/${bot.id}/endpoints`);
    const say = async (body: string): Promise<Json> =>
      (await person.post('/chat/message', { chatId: chat.id, body })).body;
    const received = () => sink.received.filter((callback) => callback.path === path);
    return { bot, chat, endpoint: endpoints[0], say, received };
  }

  const trace = async (id: string): Promise<Json> => (await apis.admin.get(`/message/${id}/trace`)).body;
  const settled = (id: string, status: string) =>
    waitFor(async () => ((await trace(id)).subscriptions[0]?.status === status ? trace(id) : undefined), {
      what: status,
      timeoutMs: 15_000,
    });

  it('shows the way of a message', async () => {
    const { chat, endpoint, say } = await aSubscription();
    const message = await say('hello');
    const found = await settled(message.id, 'delivered');
    expect(found).toMatchObject({ messageId: message.id, chatId: chat.id, seq: 1, answers: [] });
    expect(found.subscriptions).toMatchObject([
      { endpointId: endpoint.id, transport: 'callback', format: 'client', reason: '', nextTryAt: null },
    ]);
    expect(found.subscriptions[0].attempts).toMatchObject([
      { number: 1, httpStatus: 200, trigger: 'auto', responseHead: '{}' },
    ]);
    expect(await apis.admin.get('/message/missing/trace')).toMatchObject({ status: 404 });
  });

  it('makes a dead delivery again, with the same id, and counts first', async () => {
    const { chat, endpoint, say, received } = await aSubscription();
    sink.setBehaviour((_callback, response) => void response.writeHead(500).end());
    const message = await say('lost');
    await settled(message.id, 'dead');
    sink.setBehaviour(respondOk);
    const all = `/endpoint/${endpoint.id}/redeliver`;
    const count = await apis.admin.post(all, { what: 'dead', since: 0, dryRun: true });
    expect(count).toMatchObject({ status: 202, body: { count: 1, dryRun: true } });
    expect((await apis.admin.post(all, { what: 'dead', since: 0 })).body).toEqual({ count: 1, dryRun: false });
    await settled(message.id, 'delivered');
    const [first, , again] = received();
    expect(again.headers).toMatchObject({ 'webhook-id': first.headers['webhook-id'], 'x-delivery-trigger': 'manual' });
    expect(again.body).toBe(first.body);

    const one = { endpointId: endpoint.id, chatId: chat.id, seq: 1 };
    expect((await apis.admin.post('/deliveries/redeliver', one)).status).toBe(202);
    await waitFor(() => received().length === 4, { what: 'the delivery once more' });
    const tooFar = await apis.admin.post('/deliveries/redeliver', { ...one, seq: 99 });
    expect(tooFar).toMatchObject({ status: 409, body: { code: 'delivery.not_behind' } });
  });

  it('lists deliveries page by page', async () => {
    const { bot, endpoint, say } = await aSubscription();
    for (const body of ['one', 'two', 'three']) await say(body);
    const list = async (query: string): Promise<Json> =>
      (await apis.admin.get(`/deliveries?botId=${bot.id}&${query}`)).body;
    await waitFor(async () => (await list('status=delivered')).deliveries.length === 3, {
      what: 'three deliveries',
      timeoutMs: 15_000,
    });
    const first = await list('limit=2');
    const second = await list(`limit=2&after=${first.next}`);
    expect([...first.deliveries, ...second.deliveries].map(({ seq }: Json) => seq)).toEqual([3, 2, 1]);
    expect(first.deliveries[0]).toMatchObject({ endpointId: endpoint.id, status: 'delivered', attempts: 1 });
    expect(second.next).toBeNull();
    expect((await list('status=dead')).deliveries).toEqual([]);
    for (const query of ['after=nonsense', 'after=WyIxIiwxXQ', 'limit=1001', 'limit=x', 'status=lost', 'since=-1']) {
      expect(await apis.admin.get(`/deliveries?${query}`)).toMatchObject({ status: 400 });
    }
  });

  it('pauses an endpoint, shows what waits, and resumes', async () => {
    const { endpoint, say, received } = await aSubscription();
    const at = `/endpoint/${endpoint.id}`;
    expect((await apis.admin.post(`${at}/pause`)).body).toMatchObject({
      isPaused: true,
      state: 'closed',
      subscriptions: 1,
    });
    const breaker = apis.app.get(CircuitBreaker, { strict: false });
    await waitFor(async () => (await breaker.admit(endpoint.id)) === 'blocked', { what: 'the worker to know' });
    const message = await say('wait');
    await waitFor(async () => (await apis.admin.get(at)).body.subscriptionsDue === 1, { what: 'the subscription' });
    expect((await apis.admin.get(at)).body).toMatchObject({ pending: 1 });
    expect((await trace(message.id)).subscriptions[0]).toMatchObject({ status: 'waiting', attempts: [] });
    expect(received()).toHaveLength(0);
    expect((await apis.admin.post(`${at}/resume`)).body).toMatchObject({ isPaused: false });
    await waitFor(() => received().length === 1, { what: 'the message', timeoutMs: 15_000 });
    const events = (await apis.admin.get(`/delivery-events?endpointId=${endpoint.id}`)).body;
    expect(events.map(({ type }: Json) => type)).toEqual(['endpoint.resumed', 'endpoint.paused']);
  });

  it('tries an endpoint that was given up again, on demand', async () => {
    const { endpoint, say, received } = await aSubscription();
    const at = `/endpoint/${endpoint.id}`;
    sink.setBehaviour((_callback, response) => void response.writeHead(410).end());
    await say('gone?');
    await waitFor(async () => (await apis.admin.get(at)).body.state === 'disabled', {
      what: 'disabled',
      timeoutMs: 15_000,
    });
    expect((await apis.admin.get(at)).body).toMatchObject({ disabledReason: 'gone', lastError: 'http_410' });
    sink.setBehaviour(respondOk);
    await apis.admin.post(`${at}/resume`);
    await apis.admin.post(`${at}/try-now`);
    await waitFor(() => received().length === 2, { what: 'the message', timeoutMs: 15_000 });
    expect(received()[1].headers['x-delivery-trigger']).toBe('probe');
  });

  it('makes a test call, signed with either secret while they change', async () => {
    const { endpoint, received } = await aSubscription();
    const at = `/endpoint/${endpoint.id}`;
    const first = (await apis.admin.post(`${at}/secret`, { overlapSeconds: 0 })).body.signingSecret as string;
    const second = (await apis.admin.post(`${at}/secret`, {})).body.signingSecret as string;
    expect((await apis.admin.post(`${at}/test`)).body).toEqual({
      delivered: true,
      httpStatus: 200,
      errorCode: '',
      durationMs: expect.any(Number),
      responseHead: expect.any(String),
    });
    const [{ body, headers }] = received();
    for (const secret of [first, second]) new Webhook(secret).verify(body, headers as Record<string, string>);
    expect(headers).not.toHaveProperty('x-sendbird-signature');
    expect(JSON.parse(body)).toMatchObject({ type: 'test', endpointId: endpoint.id });
    sink.setBehaviour((_callback, response) => void response.socket!.destroy());
    expect((await apis.admin.post(`${at}/test`)).body).toMatchObject({ delivered: false, httpStatus: null });
    expect((await apis.admin.post('/endpoint/missing/test')).status).toBe(404);
    expect((await apis.admin.post(`${at}/secret`, { overlapSeconds: -1 })).status).toBe(400);
  });

  it('is for the admin only', async () => {
    for (const path of ['deliveries', 'delivery-events', 'endpoint/x', 'bot/x/endpoints', 'message/x/trace']) {
      expect((await fetch(`${apis.url}/v1/admin-api/${path}`)).status).toBe(403);
    }
  });
});
