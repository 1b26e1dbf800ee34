import { ClientApi, type Person } from '../../support/client-api.js';
import { ConnectorClient, fetchToken } from '../../support/connector-client.js';
import type { TestDatabase } from '../../support/databases.js';
import { createMigratedDatabase } from '../../support/migrated-database.js';
import { type ParleyProcess, startParley } from '../../support/parley-process.js';

/** The built program as it runs in production: two API processes and one worker, which share nothing but the database. */
describe('a socket bot of two API processes and a worker', () => {
  let database: TestDatabase;
  let processes: ParleyProcess[] = [];
  let token: string;
  let alice: Person;
  let chatId: string;

  const api = (index: number) => new ClientApi(processes[index].url);
  const open = (index: number) => ConnectorClient.open(processes[index].url, token, { receiveUnread: true });
  /** What the bot was told of others: of what it has said itself it is told, too, by a session that is not yet there when it says it. */
  const texts = (client: ConnectorClient) =>
    client
      .all('sendMessage')
      .map(({ content }) => content.text as string)
      .filter((text) => text !== 'heard');

  beforeAll(async () => {
    database = await createMigratedDatabase();
    const env = { CONNECTOR_ACK_TIMEOUT_MS: '2000' };
    const start = (role: 'api' | 'worker') => startParley({ role, databaseUrl: database.url, env });
    processes = [await start('api')];
    processes.push(...(await Promise.all([start('api'), start('worker')])));
    const bot = await api(0).createBot('Echo');
    token = await fetchToken(processes[1].url, bot.key);
    alice = await api(0).logIn('Alice');
    chatId = await api(0).createChat(alice, bot.id);
  }, 60_000);

  afterAll(async () => {
    await Promise.all(processes.map(({ program }) => program.kill('SIGKILL')));
    await database.drop();
  });

  it('hears by one what is said through the other, within 200 ms, and answers', async () => {
    const client = await open(1);
    await api(0).say(alice, chatId, 'warm up');
    await client.next('sendMessage');
    const delays: number[] = [];
    for (let i = 0; i < 7; i++) {
      await api(0).say(alice, chatId, `hello ${i}`);
      const committedAt = performance.now();
      await client.next('sendMessage', ({ content }) => content.text === `hello ${i}`);
      delays.push(performance.now() - committedAt);
    }
    // The median: other work on the machine may hold up one of them.
    expect(delays.toSorted((a, b) => a - b)[3]).toBeLessThan(200);
    await client.call('sendMessage', { chatId, content: { text: 'heard', parseMode: 'text' } });
    expect((await api(0).messages(alice, chatId)).at(-1)!.body).toBe('heard');
    await client.close();
  });

  it('misses nothing when its process is killed and it comes back to the other', async () => {
    const first = await open(1);
    for (let i = 0; i < 5; i++) await api(0).say(alice, chatId, `before ${i}`);
    await first.next('sendMessage', ({ content }) => content.text === 'before 2');
    const talking = (async () => {
      for (let i = 0; i < 20; i++) await api(0).say(alice, chatId, `during ${i}`);
    })();
    await processes[1].program.kill('SIGKILL');
    await first.waitClosed();
    await talking;
    const second = await open(0);
    await second.next('sendMessage', ({ content }) => content.text === 'during 19', 8000);
    const range = (word: string, count: number) => Array.from({ length: count }, (_, i) => `${word} ${i}`);
    const told = [...new Set([...texts(first), ...texts(second)])];
    expect(told).toEqual([...range('before', 5), ...range('during', 20)]);
    await second.close();
  });

  it('is sent away when its process stops, and not let in again', async () => {
    const client = await open(0);
    const stopping = processes[0].program.kill('SIGTERM');
    expect(await client.waitClosed()).toMatchObject({ code: 1012 });
    await expect(ConnectorClient.connect(processes[0].url)).rejects.toThrow();
    expect((await stopping).code).toBe(0);
  });
});
