import { setTimeout as sleep } from 'node:timers/promises';
import { messageRequests } from '../fixtures.mjs';
import { compare } from '../load.mjs';
import { CONNECTIONS } from '../options.mjs';
import { loadRows, row } from '../report.mjs';
import { countOutOfOrder } from '../sink.mjs';
import { median } from '../statistics.mjs';

const QUIET_MS = 1000;

/**
 * People send messages to a bot with callbacks: the cost for the senders, and the rate of deliveries.
 *
 * @param {import('../stage.mjs').Stage} stage
 * @returns {Promise<import('../report.mjs').Section>}
 */
export async function postWithCallback(stage) {
  const { bare, parley, fixtures, plan, sink } = stage;
  const bot = await fixtures.createBot('Bench called');
  const people = await fixtures.createPeople(bot, CONNECTIONS);
  const requests = messageRequests(people);
  /** @type {Round[]} */
  const roundsOfParley = [];

  await fixtures.setWebhook(bot, sink.url);
  const figures = await compare(
    stage,
    {
      bare: { server: bare, load: { url: `${bare.url}/insert`, method: 'POST', requests } },
      bareCall: {
        server: bare,
        load: { url: `${bare.url}/call`, method: 'POST', requests },
        afterRound: async () => void sink.take(),
      },
      parley: {
        server: parley,
        load: { url: `${parley.url}/v1/client-api/chat/message`, method: 'POST', requests },
        afterRound: async () => {
          roundsOfParley.push(await watchDrain(sink, plan));
          // Without an endpoint nothing is left to deliver, so that the next round of the others is not disturbed.
          await fixtures.deleteWebhook(bot);
          await sleep(QUIET_MS);
          sink.take();
          await fixtures.setWebhook(bot, sink.url);
        },
      },
    },
    { rounds: plan.rounds, seconds: plan.postSeconds, warmUpSeconds: plan.warmUpSeconds },
  );
  await fixtures.deleteWebhook(bot);

  const measured = roundsOfParley.slice(1);
  const disorder = roundsOfParley.reduce((sum, round) => sum + round.disorder, 0);
  return {
    title: `The same with a bot whose webhook is a local sink`,
    rows: [
      ...loadRows('post message, callbacks on', figures.parley, figures.bare),
      row(
        'callbacks while posting',
        'per s',
        median(measured.map((round) => round.whilePosting / plan.postSeconds)),
        figures.bareCall.perSecond,
      ),
      row(
        'callbacks while draining',
        'per s',
        median(measured.map((round) => round.drainPerSecond)),
        figures.bareCall.perSecond,
      ),
    ],
    notes: [
      'Bare for callbacks: 32 at a time, one INSERT and one POST to the same sink for each.',
      `Callbacks out of order or twice: ${disorder}.`,
    ],
  };
}

/**
 * @typedef {object} Round
 * @property {number} whilePosting callbacks that arrived before the end of the load
 * @property {number} drainPerSecond
 * @property {number} disorder
 */

/**
 * Counts callbacks from the end of the load until they stop or the time is up.
 *
 * @param {import('../sink.mjs').Sink} sink
 * @param {import('../options.mjs').Plan} plan
 * @returns {Promise<Round>}
 */
async function watchDrain(sink, { drainSeconds }) {
  const early = sink.take();
  const startedAt = performance.now();
  let seen = -1;
  while (performance.now() - startedAt < drainSeconds * 1000 && sink.callbacks.length > seen) {
    seen = sink.callbacks.length;
    await sleep(500);
  }
  const late = sink.take();
  const seconds = ((late.at(-1)?.receivedAt ?? NaN) - startedAt) / 1000;
  return {
    whilePosting: early.length,
    drainPerSecond: late.length / seconds,
    disorder: countOutOfOrder([...early, ...late]),
  };
}
