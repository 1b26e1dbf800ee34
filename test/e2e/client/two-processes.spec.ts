import { ClientApi, type Person } from '../../support/client-api.js';
import type { TestDatabase } from '../../support/databases.js';
import { createMigratedDatabase } from '../../support/migrated-database.js';
import { EventSource } from '../../support/event-source.js';
import { type ParleyProcess, startParley } from '../../support/parley-process.js';
import { type Sink, startSink } from '../../support/sink.js';
import { waitFor } from '../../support/wait-for.js';

/** The built program as it runs in production: two API processes and one worker, which share nothing but the database. */
describe('two API processes and a worker', () => {
  let database: TestDatabase;
  let processes: ParleyProcess[] = [];
  let sink: Sink | undefined;
  let bot: { id: string; key: string };
  let alice: Person;
  let chatId: string;

  const api = (index: number) => new ClientApi(processes[index].url);
  const listen = (index: number, lastEventId?: string) =>
    EventSource.open(`${processes[index].url}/v1/client-api/events`, { cookie: alice.cookie }, lastEventId);

  beforeAll(async () => {
    database = await createMigratedDatabase();
    const start = (role: 'api' | 'worker') => startParley({ role, databaseUrl: database.url });
    processes = [await start('api')];
    processes.push(...(await Promise.all([start('api'), start('worker')])));
    const hooks = (sink = await startSink());
    bot = await api(0).createBot('Echo');
    await api(0).setWebhook(bot.key, `${hooks.url}/hook`);
    alice = await api(0).logIn('Alice');
    chatId = await api(0).createChat(alice, bot.id);
  }, 60_000);

  afterAll(async () => {
    await Promise.all(processes.map(({ program }) => program.kill('SIGKILL')));
    await sink?.close();
    await database.drop();
  });

  it('show live through one what is said through the other, within 200 ms, and what the bot answers', async () => {
    sink!.behave((callback, response) => {
      response.writeHead(200).end('{}');
      void api(0).sayAsBot(bot.key, chatId, `You said: ${(JSON.parse(callback.body) as { body: string }).body}`);
    });
    const source = await listen(1);
    await api(0).say(alice, chatId, 'warm up');
    await source.next('message.created', ({ data }) => data.message.body === 'You said: warm up');
    const delays: number[] = [];
    for (let i = 0; i < 5; i++) {
      await api(0).say(alice, chatId, `hello ${i}`);
      const committedAt = performance.now();
      await source.next('message.created', ({ data }) => data.message.body === `hello ${i}`);
      delays.push(performance.now() - committedAt);
      await source.next('message.created', ({ data }) => data.message.body === `You said: hello ${i}`);
    }
    // The median: other work on the machine may hold up one of them.
    expect(delays.toSorted((a, b) => a - b)[2]).toBeLessThan(200);
    source.close();
    sink!.behave((_callback, response) => void response.writeHead(200).end('{}'));
  });

  it('lose nothing for a client that comes back, when one of them is killed', async () => {
    const first = await listen(1);
    for (let i = 0; i < 5; i++) await api(0).say(alice, chatId, `before ${i}`);
    await first.next('message.created', ({ data }) => data.message.body === 'before 2');
    const talking = (async () => {
      for (let i = 0; i < 20; i++) await api(0).say(alice, chatId, `during ${i}`);
    })();
    await processes[1].program.kill('SIGKILL');
    await waitFor(() => first.isOver, { what: 'the end of the stream' });
    await talking;
    const second = await listen(0, first.lastEventId);
    await second.next('message.created', ({ data }) => data.message.body === 'during 19');
    second.close();
    const told = [...first.bodies, ...second.bodies];
    const range = (word: string, count: number) => Array.from({ length: count }, (_, i) => `${word} ${i}`);
    expect(told).toEqual([...range('before', 5), ...range('during', 20)]);
  });
});
