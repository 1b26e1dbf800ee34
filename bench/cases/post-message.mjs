import { messageRequests } from '../fixtures.mjs';
import { compare } from '../load.mjs';
import { CONNECTIONS } from '../options.mjs';
import { loadRows } from '../report.mjs';

/**
 * People send messages to a bot without callbacks: the cost of storing a message.
 *
 * @param {import('../stage.mjs').Stage} stage
 * @returns {Promise<import('../report.mjs').Section>}
 */
export async function postMessage(stage) {
  const { bare, parley, fixtures, plan } = stage;
  const people = await fixtures.createPeople(await fixtures.createBot('Bench silent'), CONNECTIONS);
  const requests = messageRequests(people);
  const figures = await compare(
    stage,
    {
      bare: { server: bare, load: { url: `${bare.url}/insert`, method: 'POST', requests } },
      parley: { server: parley, load: { url: `${parley.url}/v1/client-api/chat/message`, method: 'POST', requests } },
    },
    { rounds: plan.rounds, seconds: plan.postSeconds, warmUpSeconds: plan.warmUpSeconds },
  );
  return {
    title: `POST client message, ${CONNECTIONS} connections, each a person in a chat with a bot without webhook`,
    rows: loadRows('post message', figures.parley, figures.bare),
    notes: [],
  };
}
