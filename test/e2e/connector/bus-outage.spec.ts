import { PubSub } from '../../../src/core/pubsub/pubsub.js';
import { SocketRelay } from '../../../src/modules/connector/socket-relay.js';
import type { AppSettings } from '../../../src/app/settings.js';
import { type RunningApp, startApp } from '../../support/app.js';
import { describeWithRedis, startRedis, type TestRedis } from '../../support/redis.js';
import { waitFor } from '../../support/wait-for.js';
import { type ConnectorApp, DOMAIN, startConnectorApp } from './connector-app.js';

/** More than the attempts after which a message would be recorded as missed. */
const ATTEMPTS = 6;
const MESSAGES = ['m1', 'm2', 'm3'];
let bots = 0;

/** Starts API and worker as separate applications, so that messages use the bus. */
async function startBoth(overrides: Partial<AppSettings>): Promise<{ api: ConnectorApp; worker: RunningApp }> {
  const settings = { CONNECTOR_ACK_TIMEOUT_MS: 200, CONNECTOR_PING_MS: 1000, ...overrides };
  const api = await startConnectorApp({ ...settings, ROLES: ['api'] });
  const { DATABASE_URL } = api.settings;
  const worker = await startApp({ ...settings, SERVER_DOMAIN: DOMAIN, ROLES: ['worker'], DATABASE_URL });
  return { api, worker };
}

/** @param cut disconnects the bus and returns a function that restores it */
async function expectNothingMissed(
  { api, worker }: { api: ConnectorApp; worker: RunningApp },
  cut: () => Promise<() => Promise<void>>,
): Promise<void> {
  const bot = await api.createBot(`Echo ${++bots}`);
  const alice = await api.api.logIn('Alice');
  const chatId = await api.api.createChat(alice, bot.id);
  const client = await api.open(bot);
  const texts = () => client.payloadsOf('sendMessage').map(({ content }) => content.text as string);
  await api.api.sendMessage(alice, chatId, 'before');
  await client.next('sendMessage');

  const push = jest.spyOn(worker.app.get(SocketRelay, { strict: false }), 'deliver');
  const restore = await cut();
  for (const body of MESSAGES) await api.api.sendMessage(alice, chatId, body);
  await waitFor(() => push.mock.calls.length >= ATTEMPTS, {
    what: `${ATTEMPTS} deliveries without a response`,
    timeoutMs: 40_000,
  });
  expect(await api.sql('SELECT 1 FROM missed_messages')).toEqual([]);
  await restore();

  await client.next('sendMessage', ({ content }) => content.text === 'm3', 15_000);
  expect(texts()).toEqual(['before', ...MESSAGES]);
  const rows = () =>
    api.sql<{ status: string; attempts: number }>(
      `SELECT status, attempts FROM deliveries WHERE chat_id = '${chatId}' ORDER BY seq DESC LIMIT ${MESSAGES.length}`,
    );
  await waitFor(async () => (await rows()).every(({ status }) => status === 'delivered'), {
    what: 'all messages to be delivered',
  });
  expect((await rows()).map(({ attempts }) => attempts)).toEqual(MESSAGES.map(() => 1));
  expect(await api.sql('SELECT 1 FROM missed_messages')).toEqual([]);
  expect(client.closed).toBeUndefined();
}

describe('messages to a live socket wait and are not recorded as missed while the bus is down', () => {
  describe('on Postgres', () => {
    let both: Awaited<ReturnType<typeof startBoth>>;
    beforeAll(async () => void (both = await startBoth({})));
    afterAll(async () => {
      await both.worker.close();
      await both.api.close();
    });

    it('when outcomes of the sockets are lost', async () => {
      await expectNothingMissed(both, () => {
        const publish = jest.spyOn(both.api.app.get(PubSub), 'publish').mockReturnValue();
        return Promise.resolve(() => Promise.resolve(publish.mockRestore()));
      });
    }, 90_000);
  });

  describeWithRedis('on Redis', () => {
    let redis: TestRedis;
    let both: Awaited<ReturnType<typeof startBoth>>;
    beforeAll(async () => {
      redis = (await startRedis())!;
      both = await startBoth({ REDIS_URL: redis.url });
    });
    afterAll(async () => {
      await both.worker.close();
      await both.api.close();
      await redis.stop();
    });

    it('when Redis is killed', async () => {
      await expectNothingMissed(both, async () => {
        await redis.kill();
        return () => redis.restart();
      });
    }, 90_000);
  });
});
