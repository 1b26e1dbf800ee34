import { MIGRATIONS } from '../../src/app/migrations.js';
import { migrate } from '../../src/core/database/migrate.js';
import { ClientApi, type Person } from '../support/client-api.js';
import type { TestDatabase } from '../support/databases.js';
import { createMigratedDatabase } from '../support/migrated-database.js';
import { type ParleyProcess, startParley } from '../support/parley-process.js';
import type { TestRedis } from '../support/redis.js';
import { testSettings } from '../support/settings.js';
import { type ReceivedCallback, type Sink, startSink } from '../support/sink.js';
import { waitFor } from '../support/wait-for.js';

export interface DeploymentOptions {
  redis?: TestRedis;
  /** Default: a new database on the server of the test run. */
  databaseUrl?: string;
  /** Settings of both processes. */
  env?: Record<string, string>;
  workers?: number;
  /** One worker for each, with these additional settings. */
  workerEnvs?: readonly Record<string, string>[];
}

/** API and workers as processes of the built program, with their own database. */
export class Deployment {
  api!: ParleyProcess;
  workers: ParleyProcess[] = [];
  private readonly others: ParleyProcess[] = [];
  client!: ClientApi;

  private constructor(
    readonly databaseUrl: string,
    readonly sink: Sink,
    private readonly database: TestDatabase | undefined,
    private readonly options: DeploymentOptions,
  ) {}

  static async start(options: DeploymentOptions): Promise<Deployment> {
    const database = options.databaseUrl ? undefined : await createMigratedDatabase();
    const databaseUrl = options.databaseUrl ?? database!.url;
    if (!database) await migrate(testSettings({ DATABASE_URL: databaseUrl }), MIGRATIONS);
    const deployment = new Deployment(databaseUrl, await startSink(), database, options);
    const workerEnvs = options.workerEnvs ?? Array.from({ length: options.workers ?? 1 }, () => ({}));
    const workers = workerEnvs.map((env) => deployment.spawn('worker', env));
    [deployment.api, ...deployment.workers] = await Promise.all([deployment.spawn('api'), ...workers]);
    deployment.client = new ClientApi(deployment.api.url);
    return deployment;
  }

  /** Kills a worker with SIGKILL and starts a new one. */
  async replaceWorker(index = 0): Promise<void> {
    await this.workers[index].program.kill('SIGKILL');
    this.workers[index] = await this.spawn('worker');
  }

  /** @returns a client of an additional API, which `stop` ends too */
  async spawnApi(env: Record<string, string> = {}): Promise<ClientApi> {
    const api = await this.spawn('api', env);
    this.others.push(api);
    return new ClientApi(api.url);
  }

  async stop(): Promise<void> {
    await Promise.all([this.api, ...this.workers, ...this.others].map(({ program }) => program.kill('SIGKILL')));
    await this.sink.close();
    await this.database?.drop();
  }

  spawn(role: 'api' | 'worker', env: Record<string, string> = {}): Promise<ParleyProcess> {
    const { redis, env: shared } = this.options;
    return startParley({ role, databaseUrl: this.databaseUrl, redisUrl: redis?.url, env: { ...shared, ...env } });
  }
}

export interface Audience {
  botKey: string;
  secret: string;
  chats: { person: Person; id: string }[];
}

/** Creates a bot with a webhook, and people with one chat each with it. */
export async function gather(
  { client, sink }: Pick<Deployment, 'client' | 'sink'>,
  chats: number,
  path = '/bot',
): Promise<Audience> {
  const bot = await client.createBot(`Bot ${path.slice(1)}`);
  const secret = await client.setWebhook(bot.key, sink.url + path);
  const openChat = async () => {
    const person = await client.logIn('Mia');
    return { person, id: await client.createChat(person, bot.id) };
  };
  return { botKey: bot.key, secret, chats: await Promise.all(Array.from({ length: chats }, openChat)) };
}

/** Sends all messages, sequentially in each chat, all chats concurrently. */
export async function sayAll({ client }: Deployment, { chats }: Audience, messagesPerChat: number): Promise<void> {
  await Promise.all(
    chats.map(async ({ person, id }, chat) => {
      for (let n = 0; n < messagesPerChat; n++) await client.sendMessage(person, id, JSON.stringify({ chat, n }));
    }),
  );
}

/** Counts of lost, disordered and repeated callbacks. */
export interface Tally {
  lost: number;
  outOfOrder: number;
  duplicates: number;
}

export const distinct = (callbacks: readonly ReceivedCallback[]): number =>
  new Set(callbacks.map(({ headers }) => headers['webhook-id'])).size;

export const received = (sink: Sink, count: number, timeoutMs = 60_000) =>
  waitFor(() => distinct(sink.received) >= count, { what: `${count} messages at the bot`, timeoutMs });

/** Counts each message that is neither the next of its chat nor a repetition of the newest as disorder. */
export function evaluate(callbacks: readonly ReceivedCallback[], chats: number, messagesPerChat: number): Tally {
  const newest = new Map<number, number>();
  let outOfOrder = 0;
  for (const { body } of callbacks) {
    const { chat, n } = JSON.parse((JSON.parse(body) as { body: string }).body) as { chat: number; n: number };
    const last = newest.get(chat) ?? -1;
    if (n !== last && n !== last + 1) outOfOrder++;
    newest.set(chat, Math.max(n, last));
  }
  const seen = distinct(callbacks);
  return { lost: chats * messagesPerChat - seen, outOfOrder, duplicates: callbacks.length - seen };
}
