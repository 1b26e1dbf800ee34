import { readFile, writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { Webhook } from 'standardwebhooks';
import { SYSTEM_ACTOR } from '../../../src/modules/auth/index.js';
import { BotEndpointsService } from '../../../src/modules/bots/index.js';
import { runSql } from '../../support/databases.js';
import { respondOk, type ReceivedCallback, type Sink, startSink } from '../../support/sink.js';
import { waitFor } from '../../support/wait-for.js';
import { Deployment } from '../deployment.js';
import { type Bot, DeliveryTestApp, startRawServer } from './bots.js';
import { report, secondsSince } from './report.js';

const TIMEOUT_MS = 10_000;
const TOLERANCE_MS = 500;
const MEGABYTE = 1_000_000;

const sendSlowly = (socket: Socket, head: string): void => {
  socket.write(head);
  const timer = setInterval(() => (socket.destroyed ? clearInterval(timer) : socket.write('x')), 1000);
  socket.on('close', () => clearInterval(timer));
};

const sendEndlessly = (socket: Socket, head: string, chunk: Buffer): void => {
  socket.write(head);
  const push = (): void => {
    while (!socket.destroyed && socket.write(chunk));
  };
  socket.on('drain', push);
  push();
};

/** Faults of bots, with the settings of production. */
describe('receivers', () => {
  let app: DeliveryTestApp;
  let sink: Sink;

  beforeAll(async () => {
    app = await DeliveryTestApp.open({ CALLBACK_TIMEOUT_MS: TIMEOUT_MS, CONNECTOR_ACK_TIMEOUT_MS: TIMEOUT_MS });
    sink = await startSink();
  });
  beforeEach(() => {
    sink.received.length = 0;
    sink.setBehaviour(respondOk);
  });
  afterAll(async () => {
    await app.close();
    await sink.close();
  });

  /** Seconds from the end of the last attempt until the next. */
  const nextAttemptIn = async ({ endpoint }: Bot): Promise<number> => {
    const [{ seconds }] = await app.query<{ seconds: number }>(
      `SELECT extract(epoch FROM greatest(s.due_at, h.blocked_until) - h.last_failure_at)::float8 AS seconds
       FROM subscriptions s JOIN endpoint_health h USING (endpoint_id)
       WHERE endpoint_id = $1 AND head_attempts > 0`,
      [endpoint.id],
    );
    return seconds;
  };

  it('F10: retries a failing bot by the schedule, and marks the entry dead at its end', async () => {
    const schedule = app.settings.CALLBACK_RETRY_SCHEDULE;
    sink.setBehaviour((_callback, response) => void response.writeHead(500).end());
    const bot = await app.addBot(`${sink.url}/f10`);
    const startedAt = performance.now();
    await bot.say('hello');
    for (let attempts = 1; attempts < schedule.length; attempts++) {
      await app.tried(bot, attempts);
      const [{ seconds }] = await app.query<{ seconds: number }>(
        'SELECT extract(epoch FROM due_at - clock_timestamp())::float8 AS seconds FROM subscriptions WHERE endpoint_id = $1',
        [bot.endpoint.id],
      );
      // Jitter is at most 20 % or 0.25 s; some time has passed since the record.
      expect(seconds).toBeGreaterThan(schedule[attempts] - 1);
      expect(seconds).toBeLessThanOrEqual(schedule[attempts] * 1.2 + 0.25);
      // Skips the delay, 70 hours in total.
      await app.query('UPDATE subscriptions SET due_at = clock_timestamp() WHERE endpoint_id = $1', [bot.endpoint.id]);
      await app.query('UPDATE endpoint_health SET blocked_until = NULL WHERE endpoint_id = $1', [bot.endpoint.id]);
    }
    await waitFor(async () => (await app.count('dead', bot)) === 1, { what: 'the dead entry', timeoutMs: 15_000 });
    const rows = (await app.attempts(bot)).length;
    const events = await app.query<{ type: string }>(
      `SELECT type FROM delivery_events WHERE endpoint_id = $1 AND type = 'endpoint.failing'`,
      [bot.endpoint.id],
    );
    const note = `${rows} tries by the schedule of production, then dead; operators were notified ${events.length} time`;
    report({ fault: 'F10', what: 'always 500', events: 1, seconds: secondsSince(startedAt), note });
    expect([rows, sink.received.length, events.length]).toEqual([schedule.length, schedule.length, 1]);
  });

  it.each([
    ['7', 7],
    ['99999', 3600],
    ['-1', 0],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
    ['banana', 0],
    ['in ten seconds', 9],
  ])('F11: "Retry-After: %s" delays the retry within the limits, and loses no message', async (hint, seconds) => {
    const header = hint === 'in ten seconds' ? new Date(Date.now() + 10_000).toUTCString() : hint;
    sink.setBehaviour((_callback, response) => void response.writeHead(429, { 'retry-after': header }).end());
    const bot = await app.addBot(`${sink.url}/f11`, 2);
    await bot.say('one');
    await app.tried(bot);
    const inSeconds = await nextAttemptIn(bot);
    const callsBefore = sink.received.length;
    await bot.say('another', 1);
    const isPaused = async () =>
      (
        await app.query('SELECT FROM endpoint_health WHERE endpoint_id = $1 AND blocked_until > now()', [
          bot.endpoint.id,
        ])
      ).length > 0;
    if (seconds > 0) {
      await sleep(700); // longer than the sweep interval
      expect(await isPaused()).toBe(true);
      expect(sink.received.length).toBe(callsBefore);
    }
    report({ fault: 'F11', what: `429, Retry-After: ${hint}`, note: `the next try after ${inSeconds.toFixed(1)} s` });
    expect(inSeconds).toBeGreaterThanOrEqual(Math.max(seconds, 10 - 1));
    expect(inSeconds).toBeLessThanOrEqual(3600 * 1.2);
  });

  it('F12, F13: aborts slow responses at the timeout', async () => {
    const kinds: [string, string, (socket: Socket) => void][] = [
      ['F12', 'no answer at all', () => undefined],
      ['F13', 'headers, a byte a second', (socket) => sendSlowly(socket, 'HTTP/1.1 200 OK\r\nx: ')],
      [
        'F13',
        'a body, a byte a second',
        (socket) => sendSlowly(socket, 'HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n'),
      ],
    ];
    await Promise.all(
      kinds.map(async ([fault, what, serve]) => {
        const server = await startRawServer(serve);
        const bot = await app.addBot(server.url);
        await bot.say('hello');
        const [{ ms, code }] = await app.tried(bot, 1, 20_000);
        report({ fault, what, events: 1, note: `cut off after ${ms} ms of ${TIMEOUT_MS}: ${code}` });
        expect([code, Math.abs(ms - TIMEOUT_MS) <= TOLERANCE_MS]).toEqual(['timeout', true]);
        server.close();
      }),
    );
  });

  it('F28: marks a message that its bot rejects dead, and proceeds', async () => {
    sink.setBehaviour((callback, response) =>
      callback.body.includes('poison') ? void response.writeHead(422).end() : respondOk(callback, response),
    );
    const bot = await app.addBot(`${sink.url}/f28`);
    const startedAt = performance.now();
    for (const body of ['first', 'poison', 'last']) await bot.say(body);
    const last = () => sink.received.find(({ body }) => body.includes('last'));
    await waitFor(last, { what: 'the next message', timeoutMs: 60_000 });
    const attempts = sink.received.filter(({ body }) => body.includes('poison')).length;
    const gap = last()!.headers['x-delivery-gap'];
    const note = `${attempts} tries, then dead; the next one reports the gap at ${gap}`;
    report({ fault: 'F28', what: 'a message that its bot refuses', events: 3, seconds: secondsSince(startedAt), note });
    expect([attempts, gap, await app.count('dead', bot)]).toEqual([3, '2', 1]);
  });

  it('F30: signs callbacks with the old and the new key while both are valid', async () => {
    const bot = await app.addBot(`${sink.url}/f30`);
    const endpoints = app.get(BotEndpointsService);
    const verified = (secret: string, callbacks: readonly ReceivedCallback[]) =>
      callbacks.filter(({ body, headers }) => {
        try {
          return Boolean(new Webhook(secret).verify(body, headers as Record<string, string>));
        } catch {
          return false;
        }
      }).length;
    const before = endpoints.revealSigningSecret(bot.endpoint);
    for (let n = 0; n < 100; n++) await bot.say(`before ${n}`);
    const after = await endpoints.rotateSigningSecret(SYSTEM_ACTOR, bot.endpoint.id, 3600);
    for (let n = 0; n < 200; n++) await bot.say(`during ${n}`);
    await waitFor(() => sink.received.length >= 300, { what: 'the callbacks', timeoutMs: 30_000 });
    const old = verified(before, sink.received);
    const during = sink.received.slice(-150);
    await endpoints.rotateSigningSecret(SYSTEM_ACTOR, bot.endpoint.id, 0);
    sink.received.length = 0;
    await bot.say('later');
    await waitFor(() => sink.received.length === 1, { what: 'the last callback' });
    const stale = verified(after, sink.received);
    const note = `old key ${old} of 300, new key ${verified(after, during)} of ${during.length} in the overlap; afterwards ${stale}`;
    report({ fault: 'F30', what: 'a secret changes under load', events: 300, lost: 0, note });
    expect([old, verified(after, during), stale]).toEqual([300, during.length, 0]);
  });
});

describe('F14: limits the memory of a worker for oversized responses', () => {
  const RESPONSES: [string, (socket: Socket) => void, string][] = [
    [
      'a body of 200 MB',
      (socket) =>
        sendEndlessly(socket, 'HTTP/1.1 200 OK\r\ncontent-length: 200000000\r\n\r\n', Buffer.alloc(65_536, 'x')),
      '',
    ],
    [
      'a header of 1 MB',
      (socket) => sendEndlessly(socket, 'HTTP/1.1 200 OK\r\nx: ', Buffer.alloc(65_536, 'x')),
      'bad_response',
    ],
    [
      'a gzip bomb',
      (socket) => {
        const bomb = gzipSync(Buffer.alloc(200 * MEGABYTE));
        socket.write(`HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ${bomb.length}\r\n\r\n`);
        socket.end(bomb);
      },
      '',
    ],
  ];
  let deployment: Deployment;

  beforeAll(async () => void (deployment = await Deployment.start({})));
  afterAll(() => deployment.stop());

  /** Bytes of the worker's memory: the current value, or the peak since `resetPeak`. */
  const memory = async (which: 'VmRSS' | 'VmHWM'): Promise<number> => {
    const status = await readFile(`/proc/${deployment.workers[0].program.pid}/status`, 'utf8');
    return Number(new RegExp(`${which}:\\s+(\\d+) kB`).exec(status)?.[1]) * 1024;
  };
  const resetPeak = () => writeFile(`/proc/${deployment.workers[0].program.pid}/clear_refs`, '5');

  it.each(RESPONSES)('%s', async (what, serve, errorCode) => {
    const { client, databaseUrl, sink } = deployment;
    const server = await startRawServer(serve);
    const bot = await client.createBot(what);
    const person = await client.logIn('Mia');
    // The first callbacks of a worker need additional memory once.
    await client.setWebhook(bot.key, `${sink.url}/warm`);
    const chat = await client.createChat(person, bot.id);
    sink.received.length = 0;
    for (let n = 0; n < 50; n++) await client.sendMessage(person, chat, `warm ${n}`);
    await waitFor(() => sink.received.length >= 50, { what: 'the warm-up', timeoutMs: 30_000 });
    await client.setWebhook(bot.key, server.url);

    const before = await memory('VmRSS');
    await resetPeak();
    await client.sendMessage(person, chat, 'hello');
    const attempts = async () => {
      const rows = await runSql<{ code: string; status: number | null }>(
        databaseUrl,
        `SELECT error_code AS code, http_status AS status FROM attempts WHERE seq = 51`,
      );
      return rows.length > 0 ? rows : undefined;
    };
    const [attempt] = await waitFor(attempts, { what: 'the attempt', timeoutMs: 15_000 });
    const grown = ((await memory('VmHWM')) - before) / MEGABYTE;
    report({ fault: 'F14', what, events: 1, note: `${attempt.status ?? attempt.code}, ${grown.toFixed(1)} MB more` });
    expect(attempt).toEqual({ code: errorCode, status: errorCode ? null : 200 });
    expect(grown).toBeLessThan(20);
    server.close();
    await runSql(databaseUrl, 'TRUNCATE attempts');
  });
});
