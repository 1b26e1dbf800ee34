import { createHmac } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { MIGRATIONS } from '../../src/app/migrations.js';
import { migrate } from '../../src/core/database/migrate.js';
import { ClientApi, type Person } from '../support/client-api.js';
import { createTestDatabase, type TestDatabase } from '../support/databases.js';
import { type ParleyProcess, startParley } from '../support/parley-process.js';
import type { TestRedis } from '../support/redis.js';
import { TEST_SECRETS, testSettings } from '../support/settings.js';
import { answerOk, type ReceivedCallback, type Sink, startSink } from '../support/sink.js';
import { waitFor } from '../support/wait-for.js';

const CHATS = 20;
const MESSAGES_PER_CHAT = 25;
const TOTAL = CHATS * MESSAGES_PER_CHAT;

/** A lease lasts for the longest callback and 5 s more; the sweeper looks twice a second. */
const REDELIVERY_MS = 16_000;

interface Numbered {
  chat: number;
  n: number;
}

const numbered = ({ body }: ReceivedCallback): Numbered =>
  JSON.parse((JSON.parse(body) as { body: string }).body) as Numbered;

/** API and worker as two processes of the built program, on a database of their own. */
class Deployment {
  api!: ParleyProcess;
  worker!: ParleyProcess;
  client!: ClientApi;

  private constructor(
    readonly database: TestDatabase,
    readonly sink: Sink,
    readonly redis: TestRedis | undefined,
    private readonly callbackTimeoutMs: number,
  ) {}

  /** @param callbackTimeoutMs decides how long a killed worker's lanes stay leased: that, and 5 s more */
  static async start(redis: TestRedis | undefined, callbackTimeoutMs: number): Promise<Deployment> {
    const database = await createTestDatabase();
    await migrate(testSettings({ DATABASE_URL: database.url }), MIGRATIONS);
    const deployment = new Deployment(database, await startSink(), redis, callbackTimeoutMs);
    deployment.api = await deployment.spawn('api');
    deployment.worker = await deployment.spawn('worker');
    deployment.client = new ClientApi(deployment.api.url);
    return deployment;
  }

  /** `kill -9`, and a new one. */
  async replaceWorker(): Promise<void> {
    await this.worker.program.kill('SIGKILL');
    this.worker = await this.spawn('worker');
  }

  async stop(): Promise<void> {
    await Promise.all([this.api.program.kill(), this.worker.program.kill()]);
    await this.sink.close();
    await this.database.drop();
  }

  private spawn(role: 'api' | 'worker'): Promise<ParleyProcess> {
    const env = { CALLBACK_TIMEOUT_MS: String(this.callbackTimeoutMs) };
    return startParley({ role, databaseUrl: this.database.url, redisUrl: this.redis?.url, env });
  }
}

interface Audience {
  secret: string;
  chats: { person: Person; id: string }[];
}

/** A bot, and people who each have a chat with it. */
async function gather({ client, sink }: Deployment): Promise<Audience> {
  const bot = await client.createBot('Listener');
  const secret = await client.setWebhook(bot.key, `${sink.url}/bot`);
  const openChat = async () => {
    const person = await client.logIn('Mia');
    return { person, id: await client.createChat(person, bot.id) };
  };
  return { secret, chats: await Promise.all(Array.from({ length: CHATS }, openChat)) };
}

/** Says everything, one message after the other in each chat, all chats at once. */
async function sayAll({ client }: Deployment, { chats }: Audience): Promise<void> {
  await Promise.all(
    chats.map(async ({ person, id }, chat) => {
      for (let n = 0; n < MESSAGES_PER_CHAT; n++) await client.say(person, id, JSON.stringify({ chat, n }));
    }),
  );
}

const distinct = (sink: Sink): number => new Set(sink.received.map(({ headers }) => headers['webhook-id'])).size;

const received = (sink: Sink, count: number) =>
  waitFor(() => distinct(sink) >= count, { what: `${count} of ${TOTAL} messages at the bot`, timeoutMs: 60_000 });

/** Each chat's messages must come in order; one may come again, but only while it is the newest to have come. */
function expectOrder(callbacks: readonly ReceivedCallback[]): void {
  const newest = new Map<number, number>();
  for (const callback of callbacks) {
    const { chat, n } = numbered(callback);
    const last = newest.get(chat) ?? -1;
    expect([last, last + 1]).toContain(n);
    newest.set(chat, n);
  }
  expect([...newest.values()]).toEqual(Array.from({ length: CHATS }, () => MESSAGES_PER_CHAT - 1));
}

function expectSigned(callbacks: readonly ReceivedCallback[], secret: string): void {
  const webhook = new Webhook(secret);
  for (const { headers, body } of callbacks) {
    webhook.verify(body, headers as Record<string, string>);
    const compatible = createHmac('sha256', TEST_SECRETS.API_TOKEN).update(body).digest('hex');
    expect(headers['x-sendbird-signature']).toBe(compatible);
  }
}

/** The tests that each backend of the queue has to pass. */
export function survivesCrashes(startBackend: () => Promise<TestRedis | undefined>): void {
  let redis: TestRedis | undefined;
  let deployment: Deployment | undefined;

  beforeAll(async () => void (redis = await startBackend()), 30_000);
  afterEach(() => deployment?.stop());
  afterAll(() => redis?.stop());

  it('loses nothing and keeps the order while workers are killed and the queue forgets', async () => {
    deployment = await Deployment.start(redis, 1000);
    const { sink } = deployment;
    sink.behave((callback, response) => void setTimeout(() => answerOk(callback, response), 2));
    const audience = await gather(deployment);
    const saying = sayAll(deployment, audience);
    await received(sink, TOTAL * 0.1);
    await deployment.replaceWorker();
    await redis?.flushAll();
    await received(sink, TOTAL * 0.3);
    await deployment.replaceWorker();
    await received(sink, TOTAL * 0.5);
    await redis?.flushAll();
    await deployment.replaceWorker();
    await saying;
    await received(sink, TOTAL);
    expect(distinct(sink)).toBe(TOTAL);
    expectOrder(sink.received);
    expectSigned(sink.received, audience.secret);
  }, 120_000);

  it('sends a message again within 16 s when its worker was killed in the middle', async () => {
    deployment = await Deployment.start(redis, 10_000);
    const { sink, client } = deployment;
    const bot = await client.createBot('Sleeper');
    await client.setWebhook(bot.key, `${sink.url}/sleeper`);
    const person = await client.logIn('Zoe');
    const chatId = await client.createChat(person, bot.id);
    const tries = () => sink.received.filter(({ path }) => path === '/sleeper');
    sink.behave((callback, response) => (tries().length > 1 ? answerOk(callback, response) : undefined));
    await client.say(person, chatId, 'wake up');
    await waitFor(() => tries().length === 1, { what: 'the first try' });
    const killedAt = Date.now();
    await deployment.replaceWorker();
    await waitFor(() => tries().length === 2, { what: 'the second try', timeoutMs: REDELIVERY_MS + 5000 });
    expect(tries()[1].at - killedAt).toBeLessThan(REDELIVERY_MS);
    expect(tries()[1].headers['webhook-id']).toBe(tries()[0].headers['webhook-id']);
    expect(tries()[1].body).toBe(tries()[0].body);
  }, 60_000);
}
