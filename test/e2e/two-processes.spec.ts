import { ClientApi, type Person } from '../support/client-api.js';
import { ConnectorClient, fetchToken } from '../support/connector-client.js';
import type { TestDatabase } from '../support/databases.js';
import { EventSource } from '../support/event-source.js';
import { createMigratedDatabase } from '../support/migrated-database.js';
import { type ParleyProcess, startParley } from '../support/parley-process.js';
import { type Sink, startSink } from '../support/sink.js';
import { waitFor } from '../support/wait-for.js';

/** Maximum delay of a live delivery through another process. */
const LIVE_MS = 200;

const numbered = (word: string, count: number) => Array.from({ length: count }, (_, i) => `${word} ${i}`);
/** The median tolerates single delays by other load. */
const median = (delays: readonly number[]) => delays.toSorted((a, b) => a - b)[Math.floor(delays.length / 2)];

/** The built program as in production: two API processes and one worker that share only the database. */
describe('two API processes and a worker', () => {
  let database: TestDatabase;
  let processes: ParleyProcess[] = [];
  let sink: Sink;
  let alice: Person;
  /** A bot with a webhook and a bot with sockets; each has a chat with Alice. */
  let hookBot: { id: string; key: string };
  let hookChat: string;
  let socketToken: string;
  let socketChat: string;

  const api = (index: number) => new ClientApi(processes[index].url);
  const send = (chatId: string, body: string) => api(0).sendMessage(alice, chatId, body);
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

  it('deliver a message sent through one to a stream of the other within 200 ms, and the reply of the bot', async () => {
    sink.setBehaviour((callback, response) => {
      response.writeHead(200).end('{}');
      const { body } = JSON.parse(callback.body) as { body: string };
      void api(0).sendMessageAsBot(hookBot.key, hookChat, `Echo: ${body}`);
    });
    const source = await watch(1);
    await send(hookChat, 'warm up');
    await source.next('message.created', ({ data }) => data.message.body === 'Echo: warm up');
    const delays: number[] = [];
    for (const body of numbered('hello', 5)) {
      await send(hookChat, body);
      const committedAt = performance.now();
      await source.next('message.created', ({ data }) => data.message.body === body);
      delays.push(performance.now() - committedAt);
      await source.next('message.created', ({ data }) => data.message.body === `Echo: ${body}`);
    }
    expect(median(delays)).toBeLessThan(LIVE_MS);
    source.close();
    sink.setBehaviour((_callback, response) => void response.writeHead(200).end('{}'));
  });

  it('deliver a message sent through one to a socket of the other within 200 ms, and accept a reply', async () => {
    const socket = await openSocket(1);
    await send(socketChat, 'warm up');
    await socket.next('sendMessage');
    const delays: number[] = [];
    for (const body of numbered('hello', 7)) {
      await send(socketChat, body);
      const committedAt = performance.now();
      await socket.next('sendMessage', ({ content }) => content.text === body);
      delays.push(performance.now() - committedAt);
    }
    expect(median(delays)).toBeLessThan(LIVE_MS);
    await socket.call('sendMessage', { chatId: socketChat, content: { text: 'reply', parseMode: 'text' } });
    expect((await api(0).listMessages(alice, socketChat)).at(-1)!.body).toBe('reply');
    await socket.close();
  });

  it('lose no message for a stream and a socket that reconnect to the other after a crash', async () => {
    const [firstSource, firstSocket] = await Promise.all([watch(1), openSocket(1)]);
    const sendBoth = async (body: string) => void (await Promise.all([send(hookChat, body), send(socketChat, body)]));
    for (const body of numbered('before', 5)) await sendBoth(body);
    await firstSource.next('message.created', ({ data }) => data.message.body === 'before 2');
    await firstSocket.next('sendMessage', ({ content }) => content.text === 'before 2');
    const sending = (async () => {
      for (const body of numbered('during', 20)) await sendBoth(body);
    })();
    await processes[1].program.kill('SIGKILL');
    await Promise.all([
      waitFor(() => firstSource.isClosed, { what: 'the end of the stream' }),
      firstSocket.waitClosed(),
    ]);
    await sending;
    const [source, socket] = await Promise.all([watch(0, firstSource.lastEventId), openSocket(0)]);
    const hasAll = () => source.bodies.filter((body) => body === 'during 19').length === 2;
    await waitFor(hasAll, { what: 'the last message of each chat' });
    await socket.next('sendMessage', ({ content }) => content.text === 'during 19', 8000);
    source.close();
    await socket.close();

    const sent = [...numbered('before', 5), ...numbered('during', 20)];
    const shown = [...firstSource.messages, ...source.messages];
    for (const chatId of [hookChat, socketChat])
      expect(shown.filter((message) => message.chatId === chatId).map(({ body }) => body)).toEqual(sent);
    // Delivery is at least once, and includes the bot's own messages of a session that was not yet open.
    const delivered = [firstSocket, socket].flatMap((each) =>
      each.payloadsOf('sendMessage').map(({ content }) => content.text),
    );
    expect([...new Set(delivered)].filter((text) => text !== 'reply')).toEqual(sent);
  });

  it('close sockets on shutdown and accept no new ones', async () => {
    const socket = await openSocket(0);
    const stopping = processes[0].program.kill('SIGTERM');
    expect(await socket.waitClosed()).toMatchObject({ code: 1012 });
    await expect(ConnectorClient.connect(processes[0].url)).rejects.toThrow();
    expect((await stopping).code).toBe(0);
  });
});
