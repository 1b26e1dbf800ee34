import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import { Database, statement } from '../../../src/core/database/database.js';
import { SYSTEM } from '../../../src/modules/auth/index.js';
import { BotEndpointsService, BotsService } from '../../../src/modules/bots/index.js';
import { ChatsService } from '../../../src/modules/chats/index.js';
import { MessagesService } from '../../../src/modules/messages/index.js';
import { UsersService } from '../../../src/modules/users/index.js';
import { type DomainOptions, type RunningDomain, startDomain } from '../../support/domain.js';
import { answerOk, type ReceivedCallback, type Sink, startSink } from '../../support/sink.js';
import { waitFor } from '../../support/wait-for.js';
import { report, secondsSince } from './report.js';

const TIMEOUT_MS = 2000;
/** The schedule of production, a hundred times as fast where that can be told from jitter. */
const SCHEDULE = [0, 0.02, 0.1, 0.3, 1.2];

/** What bots do to us, and what becomes of it. The domain runs in this process; the bots are servers of all sorts. */
describe('receivers', () => {
  let domain: RunningDomain;
  let sink: Sink;
  let counter = 0;

  const get = <T>(type: new (...args: never[]) => T): T => domain.module.get(type as never, { strict: false });
  const query = <Row extends object>(name: string, text: string, values: unknown[]): Promise<Row[]> =>
    get(Database).query<Row>(statement(`faults.${name}`, text), values);
  const attemptsOf = (endpointId: string) =>
    query<{ code: string; status: number | null; ms: number; at: Date }>(
      'attempts',
      `SELECT error_code AS code, http_status AS status, duration_ms AS ms, at FROM attempts WHERE endpoint_id = $1 ORDER BY id`,
      [endpointId],
    );

  async function start(options: DomainOptions = {}): Promise<void> {
    domain = await startDomain({
      worker: true,
      CALLBACK_TIMEOUT_MS: TIMEOUT_MS,
      CALLBACK_RETRY_SCHEDULE: SCHEDULE,
      DELIVERY_AWAY_NOTE_FORMATS: [],
      ...options,
    });
  }

  /** A bot at this address, and chats with it. */
  async function aBot(url: string, chats = 1) {
    const id = ++counter;
    const { bot } = await get(BotsService).create(SYSTEM, { nickname: `Bot ${id}` });
    const callback = { transport: 'callback', format: 'client', url } as const;
    const endpoint = await get(BotEndpointsService).set(SYSTEM, bot.id, callback);
    const person = await get(UsersService).create({ kind: 'person', nickname: 'Mia' });
    const actor = { kind: 'person', id: person.id, scopes: [] } as const;
    const ids: string[] = [];
    for (let n = 0; n < chats; n++) ids.push((await get(ChatsService).createPersonal(actor, bot.id)).id);
    const say = (body: string, chat = 0) =>
      get(MessagesService).send(actor, { chatId: ids[chat], senderId: person.id, body });
    return { bot, endpoint, say };
  }

  beforeEach(async () => void (sink = await startSink()));
  afterEach(async () => {
    await domain.close();
    await sink.close();
  });

  /** A server that answers with these bytes, by hand. */
  async function rawServer(
    serve: (socket: Socket) => void,
  ): Promise<{ url: string; connections: () => number; server: Server }> {
    let connections = 0;
    const server = createServer((socket) => {
      connections++;
      socket.on('error', () => undefined);
      socket.once('data', () => serve(socket));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      connections: () => connections,
      server,
    };
  }

  const drip = (socket: Socket, head: string): void => {
    socket.write(head);
    const timer = setInterval(() => (socket.destroyed ? clearInterval(timer) : socket.write('x')), 200);
    socket.on('close', () => clearInterval(timer));
  };

  it('F10: a bot that always fails is tried by the schedule, and given up at its end', async () => {
    await start();
    sink.behave((_callback, response) => void response.writeHead(500).end());
    const { endpoint, say } = await aBot(`${sink.url}/f10`);
    const startedAt = performance.now();
    await say('nobody');
    const tries = await waitFor(
      async () => ((await attemptsOf(endpoint.id)).length === SCHEDULE.length ? attemptsOf(endpoint.id) : undefined),
      { what: 'all tries', timeoutMs: 30_000 },
    );
    const gaps = tries.slice(1).map(({ at }, n) => at.getTime() - tries[n].at.getTime());
    gaps.forEach((gap, n) => expect(gap).toBeGreaterThanOrEqual(SCHEDULE[n + 1] * 1000 - 5));
    report({
      fault: 'F10',
      what: 'always 500',
      events: 1,
      lost: 0,
      seconds: secondsSince(startedAt),
      note: `tries after ${gaps.join(', ')} ms, then dead`,
    });
  });

  it.each([
    ['F12', 'no answer at all', () => undefined],
    ['F13', 'headers, a byte at a time', (socket: Socket) => drip(socket, 'HTTP/1.1 200 OK\r\nx: ')],
    [
      'F13',
      'a body, a byte at a time',
      (socket: Socket) => drip(socket, 'HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n'),
    ],
  ])('%s: %s is cut off in time', async (fault, what, serve) => {
    await start();
    const { url, server } = await rawServer(serve);
    const { endpoint, say } = await aBot(url);
    await say('hello');
    const [attempt] = await waitFor(
      async () => ((await attemptsOf(endpoint.id)).length > 0 ? attemptsOf(endpoint.id) : undefined),
      { what: 'the attempt', timeoutMs: 10_000 },
    );
    report({ fault, what, note: `cut off after ${attempt.ms} of ${TIMEOUT_MS} ms: ${attempt.code}` });
    expect(attempt.code).toBe('timeout');
    expect(Math.abs(attempt.ms - TIMEOUT_MS)).toBeLessThan(500);
    server.close();
  });

  it('F14: an endless answer costs no memory, and counts as delivered', async () => {
    await start();
    const chunk = Buffer.alloc(65_536, 'x');
    const { url, server } = await rawServer((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 209715200\r\n\r\n');
      const push = (): void => {
        while (!socket.destroyed && socket.write(chunk));
      };
      socket.on('drain', push);
      push();
    });
    const { endpoint, say } = await aBot(url);
    const before = process.memoryUsage().rss;
    await say('hello');
    const [attempt] = await waitFor(
      async () => ((await attemptsOf(endpoint.id)).length > 0 ? attemptsOf(endpoint.id) : undefined),
      { what: 'the attempt' },
    );
    const grown = Math.round((process.memoryUsage().rss - before) / 1e6);
    report({ fault: 'F14', what: 'an answer of 200 MB', note: `status ${attempt.status}, ${grown} MB more` });
    expect(attempt).toMatchObject({ status: 200, code: '' });
    expect(grown).toBeLessThan(60);
    server.close();
  });

  it('F15: no redirect is followed', async () => {
    await start();
    const target = await startSink();
    sink.behave((_callback, response) => void response.writeHead(307, { location: target.url }).end());
    const { endpoint, say } = await aBot(`${sink.url}/f15`);
    await say('hello');
    const [attempt] = await waitFor(
      async () => ((await attemptsOf(endpoint.id)).length > 0 ? attemptsOf(endpoint.id) : undefined),
      { what: 'the attempt' },
    );
    report({
      fault: 'F15',
      what: 'a redirect',
      note: `${attempt.code}; ${target.received.length} calls at its target`,
    });
    expect([attempt.code, target.received.length]).toEqual(['redirect_not_followed', 0]);
    await target.close();
  });

  it('F18: a bot that hangs, with 500 messages waiting, does not slow the 19 others', async () => {
    await start({ CALLBACK_RETRY_SCHEDULE: [0, 2, 10, 30], DELIVERY_CONCURRENCY: 40 });
    const BOTS = 19;
    const MESSAGES = 100;
    let hanging = 0;
    let mostHanging = 0;
    const soon = (callback: ReceivedCallback, response: Parameters<typeof answerOk>[1]): void => {
      if (callback.path !== '/hangs') return void setTimeout(() => answerOk(callback, response), 5);
      mostHanging = Math.max(mostHanging, ++hanging);
      response.on('close', () => hanging--);
    };
    sink.behave(soon);
    const live = await Promise.all(Array.from({ length: BOTS }, (_, n) => aBot(`${sink.url}/live-${n}`, 5)));
    const hung = await aBot(`${sink.url}/hangs`, 10);

    /** @returns the 99th percentile of the time from a message's commit to its callback */
    const round = async (name: string): Promise<number> => {
      sink.received.length = 0;
      const saidAt = new Map<string, number>();
      await Promise.all(
        live.map(async ({ say }) => {
          for (let n = 0; n < MESSAGES; n++) {
            const { id } = await say(name, n % 5);
            saidAt.set(`evt_${id}`, Date.now());
            await sleep(20);
          }
        }),
      );
      const mine = () => sink.received.filter(({ headers }) => saidAt.has(String(headers['webhook-id'])));
      await waitFor(() => mine().length >= BOTS * MESSAGES, { what: 'all of the live bots', timeoutMs: 60_000 });
      const times = mine().map(({ at, headers }) => at - saidAt.get(String(headers['webhook-id']))!);
      return times.sort((a, b) => a - b)[Math.floor(times.length * 0.99)];
    };

    await round('warm-up');
    const median = (times: number[]): number => times.sort((a, b) => a - b)[1];
    const alone = median([await round('alone'), await round('alone'), await round('alone')]);
    for (let n = 0; n < 500; n++) await hung.say('into the void', n % 10);
    const beside = median([await round('beside'), await round('beside'), await round('beside')]);
    report({
      fault: 'F18',
      what: '1 bot of 20 hangs, 500 messages wait',
      events: BOTS * MESSAGES,
      lost: 0,
      note: `p99 of the others ${alone} ms without it, ${beside} ms with it; at most ${mostHanging} calls hung`,
    });
    expect(beside).toBeLessThanOrEqual(Math.max(2 * alone, 50));
    expect(mostHanging).toBeLessThanOrEqual(domain.settings.DELIVERY_LANES_PER_BOT);
  });

  it('F29: a bot that was away is led back slowly, in order, with all that was said', async () => {
    await start({ DELIVERY_LANES_PER_BOT: 8 });
    const CHATS = 10;
    const EACH = 100;
    sink.behave((_callback, response) => void response.writeHead(503).end());
    const { endpoint, say } = await aBot(`${sink.url}/f29`, CHATS);
    const startedAt = performance.now();
    for (let n = 0; n < EACH; n++)
      for (let chat = 0; chat < CHATS; chat++) await say(JSON.stringify({ chat, n }), chat);
    await waitFor(
      async () =>
        (
          await query('health', `SELECT 1 FROM endpoint_health WHERE endpoint_id = $1 AND state = 'open'`, [
            endpoint.id,
          ])
        ).length === 1,
      { what: 'the circuit to open' },
    );
    sink.received.length = 0;
    let now = 0;
    const levels: number[] = [];
    sink.behave((callback, response) => {
      levels.push(++now);
      setTimeout(() => (now--, answerOk(callback, response)), 5);
    });
    const distinct = () => new Set(sink.received.map(({ headers }) => headers['webhook-id'])).size;
    const dead = async () =>
      (
        await query<{ n: number }>(
          'dead',
          `SELECT count(*) AS n FROM deliveries WHERE endpoint_id = $1 AND status = 'dead'`,
          [endpoint.id],
        )
      )[0].n;
    await waitFor(async () => distinct() + (await dead()) >= CHATS * EACH, { what: 'everything', timeoutMs: 120_000 });
    const newest = new Map<number, number>();
    let outOfOrder = 0;
    for (const { body } of sink.received) {
      const { chat, n } = JSON.parse((JSON.parse(body) as { body: string }).body) as { chat: number; n: number };
      if (n < (newest.get(chat) ?? 0)) outOfOrder++;
      newest.set(chat, n);
    }
    const lost = CHATS * EACH - distinct() - (await dead());
    report({
      fault: 'F29',
      what: 'away, then back',
      events: CHATS * EACH,
      lost,
      outOfOrder,
      seconds: secondsSince(startedAt),
      note: `calls at a time at first ${levels.slice(0, 8).join(' ')}; given up meanwhile ${await dead()}`,
    });
    expect([lost, outOfOrder]).toEqual([0, 0]);
    expect(levels[0]).toBe(1);
    expect(Math.max(...levels)).toBeLessThanOrEqual(8);
  });

  it('F30: every callback verifies with the old key and the new, for as long as both hold', async () => {
    await start();
    const { endpoint, say } = await aBot(`${sink.url}/f30`);
    const endpoints = get(BotEndpointsService);
    const before = endpoints.revealSigningSecret(endpoint);
    const verified = (secret: string, callbacks: readonly ReceivedCallback[]) =>
      callbacks.filter(({ body, headers }) => {
        try {
          return Boolean(new Webhook(secret).verify(body, headers as Record<string, string>));
        } catch {
          return false;
        }
      }).length;
    for (let n = 0; n < 100; n++) {
      await say(`before ${n}`);
    }
    const after = await endpoints.rotateSigningSecret(SYSTEM, endpoint.id, 3600);
    for (let n = 0; n < 200; n++) await say(`during ${n}`);
    await waitFor(() => sink.received.length >= 300, { what: 'the callbacks', timeoutMs: 30_000 });
    const old = verified(before, sink.received);
    const during = sink.received.slice(-150);
    await endpoints.rotateSigningSecret(SYSTEM, endpoint.id, 0);
    sink.received.length = 0;
    await say('later');
    await waitFor(() => sink.received.length === 1, { what: 'the last one' });
    const stale = verified(after, sink.received);
    report({
      fault: 'F30',
      what: 'a secret changes under load',
      events: 300,
      lost: 0,
      note: `old key ${old} of 300, new key ${verified(after, during)} of ${during.length} in the overlap; the one after it ${stale}`,
    });
    expect([old, verified(after, during), stale]).toEqual([300, during.length, 0]);
  });
});
