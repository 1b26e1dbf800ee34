import { answerOk, type Sink, startSink } from '../../support/sink.js';
import { waitFor } from '../../support/wait-for.js';
import { type ClientApis, type Json, startClientApis } from './client-caller.js';

/** A second retry comes after an hour, so what comes sooner was made due. */
const RETRY_SCHEDULE = [0, 0.05, 3600, 3600];

describe('Admin API: retries that wait', () => {
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

  /** A bot whose first message waits for its third try, in an hour. */
  async function aWaitingRetry() {
    const bot = await apis.createBot();
    const path = `/${bot.id}`;
    sink.behave((_callback, response) => void response.writeHead(500).end());
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
    const lane = async (): Promise<Json> => (await apis.admin.get(`/message/${message.id}/trace`)).body.lanes[0];
    await waitFor(async () => (await lane()).attempts.length === 2, { what: 'two tries', timeoutMs: 15_000 });
    expect((await lane()).nextTryAt).toBeGreaterThan(Date.now() + 1_800_000);
    sink.behave(answerOk);
    const isDelivered = async () => (await lane()).status === 'delivered';
    return { bot, path, at: `/endpoint/${endpoints[0].id}`, chat, received, isDelivered };
  }

  const HOW = { what: 'the delivery', timeoutMs: 10_000 };

  it('are made at once when an operator asks for a try', async () => {
    const { at, isDelivered } = await aWaitingRetry();
    await apis.admin.post(`${at}/try-now`);
    await waitFor(isDelivered, HOW);
  });

  it('are made at once when a paused endpoint is resumed', async () => {
    const { at, isDelivered } = await aWaitingRetry();
    await apis.admin.post(`${at}/pause`);
    await apis.admin.post(`${at}/resume`);
    await waitFor(isDelivered, HOW);
  });

  it('are made at once when the bot gets a new address', async () => {
    const { bot, path, received, isDelivered } = await aWaitingRetry();
    await bot.post('/bot/webhook', { url: `${sink.url}${path}-new` });
    await waitFor(isDelivered, HOW);
    expect(received().at(-1)!.path).toBe(`${path}-new`);
  });

  it('are made at once when the circuit of the endpoint recovers', async () => {
    const { chat, isDelivered } = await aWaitingRetry();
    let refusals = 0;
    sink.behave((callback, response) =>
      refusals++ === 0 ? void response.writeHead(401).end() : answerOk(callback, response),
    );
    await (
      await chat()
    )('opens the circuit');
    await waitFor(isDelivered, HOW);
  });
});
