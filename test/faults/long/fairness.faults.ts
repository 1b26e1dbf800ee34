import { setTimeout as sleep } from 'node:timers/promises';
import { respondOk, type Behaviour, type Sink, startSink } from '../../support/sink.js';
import { waitFor } from '../../support/wait-for.js';
import { distinct } from '../deployment.js';
import { type Bot, DeliveryTestApp } from './bots.js';
import { report, secondsSince } from './report.js';
import { percentile } from './run.js';

const median = (numbers: number[]): number => percentile(numbers, 0.5);

/**
 * Sends a message to each of these bots every 20 ms, over five chats of each.
 *
 * @returns the 99th percentile of the milliseconds from a message's commit to its callback
 */
async function round(sink: Sink, bots: readonly Bot[], each: number): Promise<number> {
  sink.received.length = 0;
  const sentAt = new Map<string, number>();
  await Promise.all(
    bots.map(async ({ say }) => {
      for (let n = 0; n < each; n++) {
        const { id } = await say('hello', n % 5);
        sentAt.set(`evt_${id}`, Date.now());
        await sleep(20);
      }
    }),
  );
  const mine = () => sink.received.filter(({ headers }) => sentAt.has(String(headers['webhook-id'])));
  await waitFor(() => mine().length >= bots.length * each, { what: 'all callbacks', timeoutMs: 60_000 });
  return percentile(
    mine().map(({ at, headers }) => at - sentAt.get(String(headers['webhook-id']))!),
    0.99,
  );
}

/** The effect of one bot on others. */
describe('fairness', () => {
  let app: DeliveryTestApp;
  let sink: Sink;

  beforeEach(async () => void (sink = await startSink()));
  afterEach(async () => {
    await app.close();
    await sink.close();
  });

  it('F18: a hanging bot with a backlog of 10,000 messages does not slow 19 others', async () => {
    app = await DeliveryTestApp.open({ CALLBACK_TIMEOUT_MS: 2000, CONNECTOR_ACK_TIMEOUT_MS: 2000 });
    const [BOTS, EACH, WAITING] = [19, 100, 10_000];
    let hanging = 0;
    let mostHanging = 0;
    const behaviour: Behaviour = (callback, response) => {
      if (callback.path !== '/hangs') return void setTimeout(() => respondOk(callback, response), 5);
      mostHanging = Math.max(mostHanging, ++hanging);
      response.on('close', () => hanging--);
    };
    sink.setBehaviour(behaviour);
    const live = await Promise.all(Array.from({ length: BOTS }, (_, n) => app.addBot(`${sink.url}/live-${n}`, 5)));
    const hung = await app.addBot(`${sink.url}/hangs`, 10);

    await round(sink, live, EACH);
    const alone = median([await round(sink, live, EACH), await round(sink, live, EACH), await round(sink, live, EACH)]);
    const chats = Array.from({ length: 10 }, (_, chat) => chat);
    await Promise.all(
      chats.map(async (chat) => {
        for (let n = 0; n < WAITING / chats.length; n++) await hung.say('hello', chat);
      }),
    );
    const beside = median([
      await round(sink, live, EACH),
      await round(sink, live, EACH),
      await round(sink, live, EACH),
    ]);
    report({
      fault: 'F18',
      what: '1 bot of 20 hangs, 10,000 of its messages wait',
      events: BOTS * EACH,
      lost: 0,
      note: `p99 of the others ${alone} ms without it, ${beside} ms with it; at most ${mostHanging} calls hung`,
    });
    expect(beside).toBeLessThanOrEqual(Math.max(2 * alone, 50));
    expect(mostHanging).toBeLessThanOrEqual(app.settings.DELIVERY_CONCURRENCY_PER_BOT);
  });

  it('F34: a bot that takes 4 s, in 6,000 chats, does not slow ten fast ones or their retries', async () => {
    app = await DeliveryTestApp.open({ CALLBACK_TIMEOUT_MS: 10_000 });
    const [BOTS, EACH, CHATS] = [10, 100, 6000];
    const firstTries = new Map<string, number>();
    let retriedAfterMs: number | undefined;
    const behaviour: Behaviour = (callback, response) => {
      if (callback.path === '/slow') return void setTimeout(() => respondOk(callback, response), 4000);
      const failedAt = firstTries.get(callback.path);
      if (callback.path.startsWith('/fails-once') && failedAt === undefined) {
        firstTries.set(callback.path, callback.at);
        return void response.writeHead(500).end();
      }
      if (failedAt !== undefined) retriedAfterMs ??= callback.at - failedAt;
      setTimeout(() => respondOk(callback, response), 5);
    };
    sink.setBehaviour(behaviour);
    const fast = await Promise.all(Array.from({ length: BOTS }, (_, n) => app.addBot(`${sink.url}/fast-${n}`, 5)));
    const failing = await app.addBot(`${sink.url}/fails-once`);
    const slow = await app.addBot(`${sink.url}/slow`, CHATS);

    await round(sink, fast, EACH);
    const alone = median([await round(sink, fast, EACH), await round(sink, fast, EACH), await round(sink, fast, EACH)]);
    const startedAt = performance.now();
    // The chats become due faster than the bot responds.
    for (let chat = 0; chat < CHATS; chat += 200) {
      await Promise.all(Array.from({ length: 200 }, (_, n) => slow.say('slowly', chat + n)));
    }
    const beside = [await round(sink, fast, EACH)];
    await failing.say('once more');
    for (let n = 0; n < 2; n++) beside.push(await round(sink, fast, EACH));
    await waitFor(() => retriedAfterMs !== undefined, { what: 'the retry', timeoutMs: 30_000 });
    report({
      fault: 'F34',
      what: '6,000 chats of a bot that takes 4 s, beside ten fast bots',
      events: BOTS * EACH * 3,
      lost: 0,
      seconds: secondsSince(startedAt),
      note: `p99 of the others ${alone} ms without it, ${median(beside)} ms with it; a retry after 2 s came after ${retriedAfterMs} ms`,
    });
    expect(median(beside)).toBeLessThanOrEqual(Math.max(2 * alone, 50));
    expect(retriedAfterMs).toBeLessThanOrEqual(4000);
  });

  it('F29: delivers the backlog of an unavailable bot in order, with slowly rising concurrency', async () => {
    // The schedule of production, a hundred times as fast: a day becomes a quarter of an hour.
    const schedule = [0, 2, 10, 30, 120, 600, 1800, 3600, 10_800, 21_600, 43_200, 86_400, 86_400].map((s) => s / 100);
    app = await DeliveryTestApp.open({ DELIVERY_CONCURRENCY_PER_BOT: 8, CALLBACK_RETRY_SCHEDULE: schedule });
    const CHATS = 10;
    const EACH = 100;
    sink.setBehaviour((_callback, response) => void response.writeHead(503).end());
    const bot = await app.addBot(`${sink.url}/f29`, CHATS);
    const startedAt = performance.now();
    const isOpen = async () =>
      (await app.query(`SELECT FROM endpoint_health WHERE endpoint_id = $1 AND state = 'open'`, [bot.endpoint.id]))
        .length > 0;
    const chats = Array.from({ length: CHATS }, (_, chat) => chat);
    await Promise.all(
      chats.map(async (chat) => {
        for (let n = 0; n < EACH; n++) await bot.say(JSON.stringify({ chat, n }), chat);
      }),
    );
    await waitFor(isOpen, { what: 'the circuit to open', timeoutMs: 30_000 });
    const callsWhileAway = sink.received.length;
    sink.received.length = 0;
    let now = 0;
    const levels: number[] = [];
    sink.setBehaviour((callback, response) => {
      levels.push(++now);
      setTimeout(() => (now--, respondOk(callback, response)), 5);
    });
    const done = async () => distinct(sink.received) + (await app.count('dead', bot)) >= CHATS * EACH;
    await waitFor(done, { what: 'the whole backlog', timeoutMs: 120_000 });
    const newest = new Map<number, number>();
    let outOfOrder = 0;
    for (const { body } of sink.received) {
      const { chat, n } = JSON.parse((JSON.parse(body) as { body: string }).body) as { chat: number; n: number };
      if (n < (newest.get(chat) ?? 0)) outOfOrder++;
      newest.set(chat, n);
    }
    const dead = await app.count('dead', bot);
    const lost = CHATS * EACH - distinct(sink.received) - dead;
    report({
      fault: 'F29',
      what: 'away, then back',
      events: CHATS * EACH,
      lost,
      outOfOrder,
      seconds: secondsSince(startedAt),
      note: `${callsWhileAway} calls while away; then ${levels.slice(0, 8).join(' ')} at a time, at most ${Math.max(...levels)}; ${dead} given up`,
    });
    expect([lost, outOfOrder, dead]).toEqual([0, 0, 0]);
    expect([levels[0], Math.max(...levels) <= 8]).toEqual([1, true]);
  });
});
