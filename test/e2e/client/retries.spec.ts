import { respondOk, type Sink, startSink } from '../../support/sink.js';
import { waitFor } from '../../support/wait-for.js';
import { type ClientApis, type Json, startClientApis } from './client-caller.js';

/** The next retry is due only after an hour, so an earlier one proves that the retry was made due. */
const RETRY_SCHEDULE = [0, 0.05, 3600, 3600];

describe('Admin API: waiting retries', () => {
  let apis: ClientApis;
  let sink: Sink;

  beforeAll(async () => {
    sink = await startSink();
    apis = await startClientApis({
      ROLES: ['api', 'worker'],
      CALLBACK_RETRY_SCHEDULE: RETRY_SCHEDULE,
      CALLBACK_TIMEOUT_MS: 500,
    });
  });
  afterAll(async () => {
    await apis.close();
    await sink.close();
  });

  /** A bot whose first message waits an hour for its third attempt. */
  async function createWaitingRetry() {
    const bot = await apis.createBot();
    const path = `/${bot.id}`;
    sink.setBehaviour((_callback, response) => void response.writeHead(500).end());
    await bot.post('/bot/webhook', { url: sink.url + path });
    const received = () => sink.received.filter((callback) => callback.path.startsWith(path));
    const { body: endpoints } = await apis.admin.get(`/bot/${bot.id}/endpoints`);
    const chat = async () => {
      const person = await apis.signUp();
      const { body: found } = await person.post('/chat', { botId: bot.id });
      return async (body: string): Promise<Json> =>
        (await person.post('/chat/message', { chatId: found.id, body })).body;
    };
    const message = await (await chat())('hello');
    const subscription = async (): Promise<Json> =>
      (await apis.admin.get(`/message/${message.id}/trace`)).body.subscriptions[0];
    await waitFor(async () => (await subscription()).attempts.length === 2, {
      what: 'two attempts',
      timeoutMs: 15_000,
    });
    expect((await subscription()).nextTryAt).toBeGreaterThan(Date.now() + 1_800_000);
    sink.setBehaviour(respondOk);
    const isDelivered = async () => (await subscription()).status === 'delivered';
    return { bot, path, at: `/endpoint/${endpoints[0].id}`, chat, received, isDelivered };
  }

  const HOW = { what: 'the delivery', timeoutMs: 10_000 };

  it('run at once when the admin requests a retry', async () => {
    const { at, isDelivered } = await createWaitingRetry();
    await apis.admin.post(`${at}/try-now`);
    await waitFor(isDelivered, HOW);
  });

  it('run at once when a paused endpoint is resumed', async () => {
    const { at, isDelivered } = await createWaitingRetry();
    await apis.admin.post(`${at}/pause`);
    await apis.admin.post(`${at}/resume`);
    await waitFor(isDelivered, HOW);
  });

  it('run at once when the webhook URL changes', async () => {
    const { bot, path, received, isDelivered } = await createWaitingRetry();
    await bot.post('/bot/webhook', { url: `${sink.url}${path}-new` });
    await waitFor(isDelivered, HOW);
    expect(received().at(-1)!.path).toBe(`${path}-new`);
  });

  it('run at once when the circuit breaker of the endpoint closes', async () => {
    const { chat, isDelivered } = await createWaitingRetry();
    let rejections = 0;
    sink.setBehaviour((callback, response) =>
      rejections++ === 0 ? void response.writeHead(401).end() : respondOk(callback, response),
    );
    await (
      await chat()
    )('opens the circuit');
    await waitFor(isDelivered, HOW);
  });
});
