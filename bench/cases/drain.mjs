import { setTimeout as sleep } from 'node:timers/promises';
import { CONNECTIONS } from '../options.mjs';
import { row } from '../report.mjs';
import { countOutOfOrder } from '../sink.mjs';
import { median } from '../statistics.mjs';

const MESSAGES_PER_CHAT = 60;
const GIVE_UP_MS = 60_000;

/**
 * Delivers the backlog of a paused bot at full speed; the bare server reads the same rows and posts them.
 *
 * @param {import('../stage.mjs').Stage} stage
 * @returns {Promise<import('../report.mjs').Section>}
 */
export async function drainBacklog({ bare, fixtures, plan, sink }) {
  const bot = await fixtures.createBot('Bench drained');
  const people = await fixtures.createPeople(bot, CONNECTIONS);
  await fixtures.setWebhook(bot, sink.url);
  const endpointId = await fixtures.endpointOf(bot);
  /** @type {{ parley: number, bare: number, disorder: number }[]} */
  const rounds = [];
  for (let round = 0; round <= plan.rounds; round++) {
    await fixtures.setPaused(endpointId, true);
    await sleep(1500); // workers poll once a second
    await fixtures.sendMessages(people, MESSAGES_PER_CHAT);
    sink.take();
    const total = CONNECTIONS * MESSAGES_PER_CHAT;
    await fixtures.setPaused(endpointId, false);
    const giveUpAt = performance.now() + GIVE_UP_MS;
    while (sink.callbacks.length < total && performance.now() < giveUpAt) await sleep(20);
    const delivered = sink.take();
    const seconds = ((delivered.at(-1)?.receivedAt ?? NaN) - (delivered[0]?.receivedAt ?? NaN)) / 1000;
    const response = await fetch(`${bare.url}/drain`, {
      method: 'POST',
      body: JSON.stringify({ chatIds: people.map(({ chatId }) => chatId) }),
    });
    const drained = await response.json();
    sink.take();
    rounds.push({
      parley: delivered.length / seconds,
      bare: drained.count / drained.seconds,
      disorder: countOutOfOrder(delivered),
    });
  }
  await fixtures.deleteWebhook(bot);
  const measured = rounds.slice(1);
  return {
    title: `Delivery of a backlog: ${CONNECTIONS} chats, ${MESSAGES_PER_CHAT} messages each`,
    rows: [
      row('callbacks', 'per s', median(measured.map(({ parley }) => parley)), median(measured.map(({ bare }) => bare))),
    ],
    notes: [
      'Bare: reads the same rows in one query and posts them with undici, in order in each chat; signs nothing, writes nothing.',
      `Callbacks out of order or twice: ${rounds.reduce((sum, { disorder }) => sum + disorder, 0)}.`,
    ],
  };
}
