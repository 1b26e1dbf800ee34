import { seedMessages } from '../fixtures.mjs';
import { compare } from '../load.mjs';
import { CONNECTIONS, LOG_LENGTH } from '../options.mjs';
import { loadRows } from '../report.mjs';

/** The number of bots of a busy server. */
const BOTS = 50;

/**
 * Requests that web clients repeat: polling for the reply of the bot once a second, and the list of bots at each start.
 *
 * @param {import('../stage.mjs').Stage} stage
 * @returns {Promise<import('../report.mjs').Section>}
 */
export async function poll(stage) {
  const { parley, fixtures, plan, postgres } = stage;
  const bot = await fixtures.createBot('Bench polled');
  for (let i = 1; i < BOTS; i++) await fixtures.createBot(`Bench listed ${i}`);
  const [reader] = await fixtures.createPeople(bot, 1);
  await seedMessages(postgres.pool, reader, LOG_LENGTH);
  const bare = await stage.launchBare({ CHAT_ID: reader.chatId, PAGE_SIZE: '1' });

  const requests = Array.from({ length: CONNECTIONS }, () => ({ headers: { cookie: reader.cookie } }));
  /** @param {string} path */
  const ofParley = (path) => ({
    server: parley,
    load: { url: `${parley.url}/v1/client-api${path}`, method: /** @type {const} */ ('GET'), requests },
  });
  const ofBare = {
    server: bare,
    load: { url: `${bare.url}/page?seq=${LOG_LENGTH}`, method: /** @type {const} */ ('GET'), requests },
  };
  /** @param {string} senderId @param {number} since */
  const pollPath = (senderId, since) =>
    `/chat/${reader.chatId}/messages?sender_id=${senderId}&page=1&limit=1&since=${since}`;

  const figures = await compare(
    stage,
    {
      bare: ofBare,
      none: ofParley(pollPath(bot.id, Date.now())),
      one: ofParley(pollPath(reader.userId, Date.now() - 60_000)),
      bots: ofParley('/bots'),
    },
    { rounds: plan.rounds, seconds: plan.pageSeconds, warmUpSeconds: plan.warmUpSeconds },
  );
  await bare.stop();
  return {
    title: `Repeated requests of web clients, ${CONNECTIONS} connections`,
    rows: [
      ...loadRows('look for an answer: none yet', figures.none, figures.bare),
      ...loadRows('look for an answer: there it is', figures.one, figures.bare),
      ...loadRows(`list of ${BOTS} bots`, figures.bots, figures.bare),
    ],
    notes: ['Bare: one keyset SELECT of the newest message, for all three.'],
  };
}
