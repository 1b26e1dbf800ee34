import { setTimeout as sleep } from 'node:timers/promises';
import { ClientApi } from '../../support/client-api.js';
import { ConnectorClient, fetchToken } from '../../support/connector-client.js';
import { describeWithRedis, startRedis, type TestRedis } from '../../support/redis.js';
import { waitFor } from '../../support/wait-for.js';
import { Deployment } from '../deployment.js';
import { report, secondsSince } from './report.js';

const BOTS = 20;
const OUTAGE_MS = 60_000;
const PAUSE_MS = 500;
/** After the outage. */
const CATCH_UP_MS = 60_000;

interface SocketBot {
  client: ConnectorClient;
  send(n: number): Promise<void>;
  sent: number;
}

const isText = (payload: { type?: number }): boolean => payload.type === 200;
const numbersOf = ({ client }: SocketBot): number[] =>
  client
    .payloadsOf('sendMessage')
    .filter(isText)
    .map(({ content }: { content: { text: string } }) => Number(content.text));

describeWithRedis('socket bots on Redis', () => {
  let redis: TestRedis;
  let deployment: Deployment;
  beforeEach(async () => {
    redis = (await startRedis())!;
    deployment = await Deployment.start({ redis });
  }, 60_000);
  afterEach(async () => {
    await deployment.stop();
    await redis.stop();
  });

  async function openBot(index: number): Promise<SocketBot> {
    const { client: api, api: process } = deployment;
    const { id, key } = await api.createBot(`Socket ${index}`);
    const client = await ConnectorClient.open(process.url, await fetchToken(process.url, key));
    const person = await new ClientApi(process.url).logIn('Mia');
    const chatId = await api.createChat(person, id);
    return { client, sent: 0, send: async (n) => void (await api.sendMessage(person, chatId, String(n))) };
  }

  it('F33: open sockets receive all messages despite an outage of 60 s', async () => {
    const bots: SocketBot[] = [];
    for (let n = 0; n < BOTS; n++) bots.push(await openBot(n));
    const startedAt = performance.now();
    let isOver = false;
    const sending = Promise.all(
      bots.map(async (bot) => {
        for (let n = 0; !isOver; n++) {
          await bot.send(n);
          bot.sent = n + 1;
          await sleep(PAUSE_MS);
        }
      }),
    );
    await waitFor(() => bots.every((bot) => numbersOf(bot).length > 2), {
      what: 'the first messages',
      timeoutMs: 30_000,
    });
    await redis.kill();
    await sleep(OUTAGE_MS);
    await redis.restart();
    await sleep(2000);
    isOver = true;
    await sending;
    const missing = () => bots.map((bot) => bot.sent - new Set(numbersOf(bot)).size).reduce((a, b) => a + b, 0);
    await waitFor(() => missing() === 0, { what: 'all messages', timeoutMs: CATCH_UP_MS }).catch(() => undefined);
    const outOfOrder = bots.filter((bot) => {
      const first = [...new Set(numbersOf(bot))];
      return first.some((n, index) => index > 0 && n < first[index - 1]);
    }).length;
    const events = bots.reduce((total, { sent }) => total + sent, 0);
    const duplicates = bots.reduce((total, bot) => total + numbersOf(bot).length - new Set(numbersOf(bot)).size, 0);
    report({
      fault: 'F33 redis',
      what: `Redis away for 60 s, ${BOTS} bots on sockets`,
      events,
      lost: missing(),
      outOfOrder,
      duplicates,
      seconds: secondsSince(startedAt),
      note: `${bots.filter(({ client }) => client.closed).length} sockets closed`,
    });
    expect({ lost: missing(), outOfOrder, closed: bots.filter(({ client }) => client.closed).length }).toEqual({
      lost: 0,
      outOfOrder: 0,
      closed: 0,
    });
  });
});
