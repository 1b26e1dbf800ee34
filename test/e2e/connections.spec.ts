import { Settings } from '../../src/core/config/settings.js';
import { connectionBudget, totalOf } from '../../src/core/database/connection-budget.js';
import { ClientApi } from '../support/client-api.js';
import { runSql, type TestDatabase } from '../support/databases.js';
import { createMigratedDatabase } from '../support/migrated-database.js';
import { type ParleyProcess, startParley } from '../support/parley-process.js';
import { type Sink, startSink } from '../support/sink.js';
import { waitFor } from '../support/wait-for.js';

/** Connections available with the default `max_connections` of PostgreSQL, as in the README. */
const USABLE = 97;
const QUEUES = 7;
const BOTS = 12;
const MESSAGES = 20;

describe('two API processes and two workers under load', () => {
  let database: TestDatabase;
  let processes: ParleyProcess[] = [];
  let sink: Sink;

  beforeAll(async () => {
    database = await createMigratedDatabase('connections');
    const start = (role: 'api' | 'worker') => startParley({ role, databaseUrl: database.url });
    processes = await Promise.all([start('api'), start('api'), start('worker'), start('worker')]);
    sink = await startSink();
  }, 60_000);

  afterAll(async () => {
    await Promise.all(processes.map(({ program }) => program.kill('SIGKILL')));
    await sink?.close();
    await database.drop();
  });

  const settingsOf = (role: 'api' | 'worker') => Object.assign(new Settings(), { ROLES: [role] });
  const count = async (): Promise<Record<string, number>> => {
    const rows = await runSql<{ name: string; count: number }>(
      database.url,
      `SELECT CASE WHEN application_name LIKE 'parley-log:%' THEN 'parley' ELSE application_name END AS name, count(*)::int
       FROM pg_stat_activity WHERE datname = '${database.name}' AND pid <> pg_backend_pid() GROUP BY 1`,
    );
    return Object.fromEntries(rows.map(({ name, count: connections }) => [name, connections]));
  };

  it('use no more connections than a default PostgreSQL provides', async () => {
    sink.setBehaviour((_callback, response) => void response.writeHead(200).end('{}'));
    const apis = processes.slice(0, 2).map(({ url }) => new ClientApi(url));
    const alice = await apis[0].logIn('Alice');
    const chats = await Promise.all(
      Array.from({ length: BOTS }, async (_, i) => {
        const bot = await apis[0].createBot(`Bot ${i}`);
        await apis[0].setWebhook(bot.key, `${sink.url}/hook`);
        return apis[0].createChat(alice, bot.id);
      }),
    );
    let peak = 0;
    let busiest: Record<string, number> = {};
    let isDone = false;
    const sampling = (async () => {
      while (!isDone) {
        const now = await count();
        const total = Object.values(now).reduce((sum, connections) => sum + connections, 0);
        if (total > peak) [peak, busiest] = [total, now];
      }
    })();
    await Promise.all(
      chats.flatMap((chat, i) =>
        Array.from({ length: MESSAGES }, (_, n) => apis[(i + n) % 2].sendMessage(alice, chat, `message ${n}`)),
      ),
    );
    await waitFor(() => sink.received.length >= BOTS * MESSAGES, { what: 'all callbacks', timeoutMs: 30_000 });
    isDone = true;
    await sampling;

    const [api, worker] = [settingsOf('api'), settingsOf('worker')].map((settings) =>
      connectionBudget(settings, QUEUES),
    );
    expect([totalOf(api), totalOf(worker)]).toEqual([14, 26]);
    expect(2 * (totalOf(api) + totalOf(worker))).toBeLessThan(USABLE);
    expect(busiest.parley).toBeLessThanOrEqual(2 * (api.requests + worker.requests + worker.background));
    expect(busiest['parley-live']).toBe(2 * (api.live + worker.live));
    expect(peak).toBeLessThanOrEqual(2 * (totalOf(api) + totalOf(worker)));
  }, 60_000);
});
