import { ClientApi, type Person } from '../support/client-api.js';
import { ConnectorClient, fetchToken } from '../support/connector-client.js';
import type { TestDatabase } from '../support/databases.js';
import { EventSource } from '../support/event-source.js';
import { createMigratedDatabase } from '../support/migrated-database.js';
import { type ParleyProcess, startParley } from '../support/parley-process.js';
import { type Sink, startSink } from '../support/sink.js';
import { waitFor } from '../support/wait-for.js';

/** What is said here reaches whoever is there within this time. */
const LIVE_MS = 200;

const numbered = (word: string, count: number) => Array.from({ length: count }, (_, i) => `${word} ${i}`);
/** Other work on the machine may hold up one of them. */
const median = (delays: readonly number[]) => delays.toSorted((a, b) => a - b)[Math.floor(delays.length / 2)];

/** The built program as it runs in production: two API processes and one worker, which share nothing but the database. */
describe('two API processes and a worker', () => {
  let database: TestDatabase;
  let processes: ParleyProcess[] = [];
  let sink: Sink;
  let alice: Person;
  /** A bot with a webhook, and one with sockets; each has a chat with Alice. */
  let hookBot: { id: string; key: string };
  let hookChat: string;
  let socketToken: string;
  let socketChat: string;

  const api = (index: number) => new ClientApi(processes[index].url);
  const say = (chatId: string, body: string) => api(0).say(alice, chatId, body);
  const watch = (index: number, lastEventId?: string) =>
    EventSource.open(`${processes[index].url}/v1/client-api/events`, { cookie: alice.cookie }, lastEventId);
  const openSocket = (index: number) =>
    ConnectorClient.open(processes[index].url, socketToken, { receiveUnread: true });

  beforeAll(async () => {
    database = await createMigratedDatabase();
    const env = { CONNECTOR_ACK_TIMEOUT_MS: '2000' };
    const start = (role: 'api' | 'worker') => startParley({ role, databaseUrl: database.url, env });
    processes = await Promise.all([start('api'), start('api'), start('worker')]);
    sink = await startSink();
    hookBot = await api(0).createBot('Echo');
    await api(0).setWebhook(hookBot.key, `${sink.url}/hook`);
    const socketBot = await api(0).createBot('Socket');
    socketToken = await fetchToken(processes[1].url, socketBot.key);
    alice = await api(0).logIn('Alice');
    hookChat = await api(0).createChat(alice, hookBot.id);
    socketChat = await api(0).createChat(alice, socketBot.id);
  }, 60_000);

  afterAll(async () => {
    await Promise.all(processes.map(({ program }) => program.kill('SIGKILL')));
    await sink?.close();
    await database.drop();
  });

  it('show a person live through one what is said through the other, within 200 ms, and what the bot answers', async () => {
    sink.behave((callback, response) => {
      response.writeHead(200).end('{}');
      const { body } = JSON.parse(callback.body) as { body: string };
      void api(0).sayAsBot(hookBot.key, hookChat, `You said: ${body}`);
    });
    const source = await watch(1);
    await say(hookChat, 'warm up');
    await source.next('message.created', ({ data }) => data.message.body === 'You said: warm up');
    const delays: number[] = [];
    for (const body of numbered('hello', 5)) {
      await say(hookChat, body);
      const committedAt = performance.now();
      await source.next('message.created', ({ data }) => data.message.body === body);
      delays.push(performance.now() - committedAt);
      await source.next('message.created', ({ data }) => data.message.body === `You said: ${body}`);
    }
    expect(median(delays)).toBeLessThan(LIVE_MS);
    source.close();
    sink.behave((_callback, response) => void response.writeHead(200).end('{}'));
  });

  it('tell a socket bot by one what is said through the other, within 200 ms, and hear its answer', async () => {
    const socket = await openSocket(1);
    await say(socketChat, 'warm up');
    await socket.next('sendMessage');
    const delays: number[] = [];
    for (const body of numbered('hello', 7)) {
      await say(socketChat, body);
      const committedAt = performance.now();
      await socket.next('sendMessage', ({ content }) => content.text === body);
      delays.push(performance.now() - committedAt);
    }
    expect(median(delays)).toBeLessThan(LIVE_MS);
    await socket.call('sendMessage', { chatId: socketChat, content: { text: 'heard', parseMode: 'text' } });
    expect((await api(0).messages(alice, socketChat)).at(-1)!.body).toBe('heard');
    await socket.close();
  });

  it('lose nothing for a person and a socket bot that come back to the other when theirs is killed', async () => {
    const [firstSource, firstSocket] = await Promise.all([watch(1), openSocket(1)]);
    const sayBoth = async (body: string) => void (await Promise.all([say(hookChat, body), say(socketChat, body)]));
    for (const body of numbered('before', 5)) await sayBoth(body);
    await firstSource.next('message.created', ({ data }) => data.message.body === 'before 2');
    await firstSocket.next('sendMessage', ({ content }) => content.text === 'before 2');
    const talking = (async () => {
      for (const body of numbered('during', 20)) await sayBoth(body);
    })();
    await processes[1].program.kill('SIGKILL');
    await Promise.all([waitFor(() => firstSource.isOver, { what: 'the end of the stream' }), firstSocket.waitClosed()]);
    await talking;
    const [source, socket] = await Promise.all([watch(0, firstSource.lastEventId), openSocket(0)]);
    const hasAll = () => source.bodies.filter((body) => body === 'during 19').length === 2;
    await waitFor(hasAll, { what: 'the last message of each chat' });
    await socket.next('sendMessage', ({ content }) => content.text === 'during 19', 8000);
    source.close();
    await socket.close();

    const said = [...numbered('before', 5), ...numbered('during', 20)];
    const shown = [...firstSource.messages, ...source.messages];
    for (const chatId of [hookChat, socketChat])
      expect(shown.filter((message) => message.chatId === chatId).map(({ body }) => body)).toEqual(said);
    // A bot is told at least once; and of what it has said itself by a session that was not yet there.
    const told = [firstSocket, socket].flatMap((each) => each.all('sendMessage').map(({ content }) => content.text));
    expect([...new Set(told)].filter((text) => text !== 'heard')).toEqual(said);
  });

  it('send a socket away when they stop, and let it in no more', async () => {
    const socket = await openSocket(0);
    const stopping = processes[0].program.kill('SIGTERM');
    expect(await socket.waitClosed()).toMatchObject({ code: 1012 });
    await expect(ConnectorClient.connect(processes[0].url)).rejects.toThrow();
    expect((await stopping).code).toBe(0);
  });
});
