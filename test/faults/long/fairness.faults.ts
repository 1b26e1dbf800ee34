import { setTimeout as sleep } from 'node:timers/promises';
import { answerOk, type Behaviour, type Sink, startSink } from '../../support/sink.js';
import { waitFor } from '../../support/wait-for.js';
import { distinct } from '../deployment.js';
import { BotHouse } from './bots.js';
import { report, secondsSince } from './report.js';
import { percentile } from './run.js';

const median = (numbers: number[]): number => percentile(numbers, 0.5);

/** What one bot may take from the others. */
describe('fairness', () => {
  let house: BotHouse;
  let sink: Sink;

  beforeEach(async () => void (sink = await startSink()));
  afterEach(async () => {
    await house.close();
    await sink.close();
  });

  it('F18: a bot that hangs, with 10,000 messages waiting, does not slow the 19 others', async () => {
    house = await BotHouse.open({ CALLBACK_TIMEOUT_MS: 2000, CONNECTOR_ACK_TIMEOUT_MS: 2000 });
    const [BOTS, EACH, WAITING] = [19, 100, 10_000];
    let hanging = 0;
    let mostHanging = 0;
    const behaviour: Behaviour = (callback, response) => {
      if (callback.path !== '/hangs') return void setTimeout(() => answerOk(callback, response), 5);
      mostHanging = Math.max(mostHanging, ++hanging);
      response.on('close', () => hanging--);
    };
    sink.behave(behaviour);
    const live = await Promise.all(Array.from({ length: BOTS }, (_, n) => house.addBot(`${sink.url}/live-${n}`, 5)));
    const hung = await house.addBot(`${sink.url}/hangs`, 10);

    /** @returns the 99th percentile of the time from a message's commit to its callback */
    const round = async (name: string): Promise<number> => {
      sink.received.length = 0;
      const saidAt = new Map<string, number>();
      await Promise.all(
        live.map(async ({ say }) => {
          for (let n = 0; n < EACH; n++) {
            const { id } = await say(name, n % 5);
            saidAt.set(`evt_${id}`, Date.now());
            await sleep(20);
          }
        }),
      );
      const mine = () => sink.received.filter(({ headers }) => saidAt.has(String(headers['webhook-id'])));
      await waitFor(() => mine().length >= BOTS * EACH, { what: 'all of the live bots', timeoutMs: 60_000 });
      return percentile(
        mine().map(({ at, headers }) => at - saidAt.get(String(headers['webhook-id']))!),
        0.99,
      );
    };

    await round('warm-up');
    const alone = median([await round('alone'), await round('alone'), await round('alone')]);
    const chats = Array.from({ length: 10 }, (_, chat) => chat);
    await Promise.all(
      chats.map(async (chat) => {
        for (let n = 0; n < WAITING / chats.length; n++) await hung.say('into the void', chat);
      }),
    );
    const beside = median([await round('beside'), await round('beside'), await round('beside')]);
    report({
      fault: 'F18',
      what: '1 bot of 20 hangs, 10,000 of its messages wait',
      events: BOTS * EACH,
      lost: 0,
      note: `p99 of the others ${alone} ms without it, ${beside} ms with it; at most ${mostHanging} calls hung`,
    });
    expect(beside).toBeLessThanOrEqual(Math.max(2 * alone, 50));
    expect(mostHanging).toBeLessThanOrEqual(house.settings.DELIVERY_LANES_PER_BOT);
  });

  it('F29: a bot that was away is led back slowly, in order, with all that was said', async () => {
    // The schedule of production, a hundred times as fast: what is a day there, is a quarter of an hour.
    const schedule = [0, 2, 10, 30, 120, 600, 1800, 3600, 10_800, 21_600, 43_200, 86_400, 86_400].map((s) => s / 100);
    house = await BotHouse.open({ DELIVERY_LANES_PER_BOT: 8, CALLBACK_RETRY_SCHEDULE: schedule });
    const CHATS = 10;
    const EACH = 100;
    sink.behave((_callback, response) => void response.writeHead(503).end());
    const bot = await house.addBot(`${sink.url}/f29`, CHATS);
    const startedAt = performance.now();
    const isOpen = async () =>
      (await house.query(`SELECT FROM endpoint_health WHERE endpoint_id = $1 AND state = 'open'`, [bot.endpoint.id]))
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
    sink.behave((callback, response) => {
      levels.push(++now);
      setTimeout(() => (now--, answerOk(callback, response)), 5);
    });
    const done = async () => distinct(sink.received) + (await house.count('dead', bot)) >= CHATS * EACH;
    await waitFor(done, { what: 'everything', timeoutMs: 120_000 });
    const newest = new Map<number, number>();
    let outOfOrder = 0;
    for (const { body } of sink.received) {
      const { chat, n } = JSON.parse((JSON.parse(body) as { body: string }).body) as { chat: number; n: number };
      if (n < (newest.get(chat) ?? 0)) outOfOrder++;
      newest.set(chat, n);
    }
    const dead = await house.count('dead', bot);
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
