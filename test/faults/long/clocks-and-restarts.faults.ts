import { setTimeout as sleep } from 'node:timers/promises';
import { resolve } from 'node:path';
import { ClientApi, type Person } from '../../support/client-api.js';
import { ConnectorClient, fetchToken } from '../../support/connector-client.js';
import { EventSource } from '../../support/event-source.js';
import type { ParleyProcess } from '../../support/parley-process.js';
import type { TestRedis } from '../../support/redis.js';
import { respondOk } from '../../support/sink.js';
import { waitFor } from '../../support/wait-for.js';
import { Deployment, gather, evaluate } from '../deployment.js';
import { Balancer } from './balancer.js';
import { report, secondsSince } from './report.js';
import { onEachBackend, run } from './run.js';

const TEN_MINUTES = 600_000;
const clockOff = (byMs: number): Record<string, string> => ({
  NODE_OPTIONS: `--import ${resolve('test/faults/long/skewed-clock.mjs')}`,
  CLOCK_SKEW_MS: String(byMs),
});

/** Waits until no check has timed out, as on a busy machine. @returns status and clock check */
async function readinessOf({ url }: ParleyProcess): Promise<string> {
  const check = async (): Promise<string | undefined> => {
    const response = await fetch(`${url}/health/ready`);
    const { checks } = (await response.json()) as { checks: Record<string, string> };
    const isComplete = checks.clock !== 'timed_out' && checks.database === 'ok';
    return isComplete ? `${response.status}, clock ${checks.clock}` : undefined;
  };
  return waitFor(check, { what: 'complete checks', timeoutMs: 15_000 });
}

/** A client that reconnects, and measures the time until it is back. */
class ReconnectingClient {
  longestMs = 0;
  times = 0;
  isOver = false;
  private running: Promise<void> = Promise.resolve();

  /** @param session opens a session, and resolves to a function that waits for its end */
  keep(session: () => Promise<() => Promise<unknown>>): void {
    this.running = this.loop(session);
  }

  async stop(): Promise<void> {
    this.isOver = true;
    await this.running;
  }

  private async loop(session: () => Promise<() => Promise<unknown>>): Promise<void> {
    let goneAt: number | undefined;
    while (!this.isOver) {
      const ended = await session().catch(() => undefined);
      if (!ended) {
        await sleep(50);
        continue;
      }
      if (goneAt !== undefined) {
        this.longestMs = Math.max(this.longestMs, Date.now() - goneAt);
        this.times++;
      }
      await ended();
      goneAt = Date.now();
    }
  }
}

onEachBackend((backend, startBackend) => {
  let redis: TestRedis | undefined;
  beforeAll(async () => void (redis = await startBackend()));
  afterAll(() => redis?.stop());

  it('F21: delivers in order while the clocks of two workers are ten minutes ahead and behind', async () => {
    const states: string[] = [];
    const outcome = await run({
      fault: `F21 ${backend}`,
      what: 'clocks of workers 10 minutes off',
      redis,
      workerEnvs: [clockOff(TEN_MINUTES), clockOff(-TEN_MINUTES)],
      note: () => `readiness of them ${states.slice(0, 2).join('; ')}; of the API ${states[2]}`,
      async harm({ workers, api }, progress) {
        await progress(0.1);
        states.push(...(await Promise.all([...workers, api].map(readinessOf))));
      },
    });
    expect(outcome).toMatchObject({ lost: 0, outOfOrder: 0, duplicates: 0, rejected: [], alive: true });
    expect(states).toEqual(['503, clock failed', '503, clock failed', '200, clock ok']);
  });

  it('F22: loses no message while two APIs and two workers are replaced in turn at 50 messages per second', async () => {
    const [CHATS, PER_SECOND, SECONDS] = [10, 50, 60];
    const drained = { SHUTDOWN_DRAIN_MS: '1500' };
    const deployment = await Deployment.start({ redis, workers: 2, env: drained });
    const balancer = await Balancer.start();
    const { sink } = deployment;
    sink.setBehaviour((callback, response) => void setTimeout(() => respondOk(callback, response), 5));
    let apis = [deployment.api, await deployment.spawn('api')];
    for (const { url } of apis) await balancer.add(url);
    const client = new ClientApi(balancer.url);
    const { chats } = await gather({ client, sink }, CHATS);

    // An event stream of one person and a socket bot must receive all their messages.
    const viewer = chats[0].person;
    const received: { stream: string[]; socket: string[] } = { stream: [], socket: [] };
    const socketBot = await client.createBot('Socket');
    const socketChat = await client.createChat(viewer, socketBot.id);
    const [stream, socket] = [new ReconnectingClient(), new ReconnectingClient()];
    let source: EventSource | undefined;
    let bot: ConnectorClient | undefined;
    stream.keep(async () => {
      const opened = await EventSource.open(
        `${balancer.url}/v1/client-api/events`,
        { cookie: viewer.cookie },
        source?.lastEventId,
      );
      source = opened;
      return async () => {
        await waitFor(() => opened.isClosed, { what: 'the end of the stream', timeoutMs: 600_000 });
        received.stream.push(...opened.bodies);
      };
    });
    socket.keep(async () => {
      const token = await fetchToken(balancer.url, socketBot.key);
      const opened = await ConnectorClient.open(balancer.url, token, { receiveUnread: true });
      bot = opened;
      return async () => {
        await opened.waitClosed(600_000);
        received.socket.push(...opened.payloadsOf('sendMessage').map(({ content }) => content.text as string));
      };
    });
    await waitFor(() => source && bot, { what: 'both sessions', timeoutMs: 15_000 });

    const startedAt = performance.now();
    const failures: string[] = [];
    const accepted: string[] = [];
    let isRestarting = true;
    const send = (person: Person, chat: string, body: string): Promise<void> =>
      client.sendMessage(person, chat, body).then(
        () => void accepted.push(body),
        (error: Error) => void failures.push(error.message),
      );
    const sendPaced = async (person: Person, id: string, chat: number, perSecond: number): Promise<number> => {
      let n = 0;
      while (isRestarting || performance.now() - startedAt < SECONDS * 1000) {
        await send(person, id, JSON.stringify({ chat, n: n++ }));
        await sleep(Math.max(0, startedAt + (n * 1000) / perSecond - performance.now()));
      }
      return n;
    };
    const sending = Promise.all([
      ...chats.map(({ person, id }, chat) => sendPaced(person, id, chat, PER_SECOND / CHATS)),
      sendPaced(viewer, socketChat, CHATS, 5),
    ]);

    await sleep(5000);
    for (const old of apis) {
      const { code } = await old.program.kill('SIGTERM');
      expect(code).toBe(0);
      balancer.remove(old.url);
      const fresh = await deployment.spawn('api');
      await balancer.add(fresh.url);
      apis = [...apis.filter((api) => api !== old), fresh];
    }
    for (const index of [0, 1]) {
      const { code } = await deployment.workers[index].program.kill('SIGTERM');
      expect(code).toBe(0);
      deployment.workers[index] = await deployment.spawn('worker');
    }
    isRestarting = false;
    const counts = await sending;
    const toSocket = counts.at(-1)!;
    const toWebhook = counts.reduce((sum, count) => sum + count, 0) - toSocket;
    const tally = () => evaluate(sink.received, 1, toWebhook);
    await waitFor(() => tally().lost === 0, { what: 'the callbacks', timeoutMs: 30_000 }).catch(() => undefined);
    await sleep(2000);
    const stopped = Promise.all([stream.stop(), socket.stop()]);
    source?.close();
    await bot?.close();
    await stopped;
    const ofSocket = accepted.filter((body) => (JSON.parse(body) as { chat: number }).chat === CHATS);
    const ofViewer = accepted.filter((body) => [0, CHATS].includes((JSON.parse(body) as { chat: number }).chat));
    const missedBySocket = ofSocket.filter((body) => !received.socket.includes(body)).length;
    const missedByStream = ofViewer.filter((body) => !received.stream.includes(body)).length;
    report({
      fault: `F22 ${backend}`,
      what: 'rolling restart of 2 APIs and 2 workers',
      events: accepted.length,
      ...tally(),
      seconds: secondsSince(startedAt),
      note:
        `${failures.length} requests failed; back after at most ${stream.longestMs} ms (stream, ${stream.times} times), ` +
        `${socket.longestMs} ms (socket, ${socket.times}); missed ${missedByStream} and ${missedBySocket}`,
    });
    balancer.close();
    await Promise.all(apis.map(({ program }) => program.kill('SIGKILL')));
    await deployment.stop();
    expect(failures).toEqual([]);
    expect(tally()).toEqual({ lost: 0, outOfOrder: 0, duplicates: 0 });
    expect([missedByStream, missedBySocket]).toEqual([0, 0]);
    expect(Math.max(stream.longestMs, socket.longestMs)).toBeLessThanOrEqual(5000);
  });
});
