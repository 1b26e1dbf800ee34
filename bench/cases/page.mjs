import { seedMessages } from '../fixtures.mjs';
import { compare } from '../load.mjs';
import { CONNECTIONS, LOG_LENGTH, PAGE_SIZE } from '../options.mjs';
import { loadRows, row } from '../report.mjs';

/**
 * The cost of a page of a long chat, at its end and at its beginning.
 *
 * @param {import('../stage.mjs').Stage} stage
 * @returns {Promise<import('../report.mjs').Section>}
 */
export async function readPage(stage) {
  const { parley, fixtures, plan, postgres } = stage;
  const [reader] = await fixtures.createPeople(await fixtures.createBot('Bench reader'), 1);
  await seedMessages(postgres.pool, reader, LOG_LENGTH);
  const bare = await stage.launchBare({ CHAT_ID: reader.chatId });

  const requests = Array.from({ length: CONNECTIONS }, () => ({ headers: { cookie: reader.cookie } }));
  const lastPage = LOG_LENGTH / PAGE_SIZE;
  /** @param {number} page */
  const ofParley = (page) => ({
    server: parley,
    load: {
      url: `${parley.url}/v1/client-api/chat/${reader.chatId}/messages?page=${page}&limit=${PAGE_SIZE}`,
      method: /** @type {const} */ ('GET'),
      requests,
    },
  });
  /** @param {number} seq */
  const ofBare = (seq) => ({
    server: bare,
    load: { url: `${bare.url}/page?seq=${seq}`, method: /** @type {const} */ ('GET'), requests },
  });

  const figures = await compare(
    stage,
    {
      bareNewest: ofBare(LOG_LENGTH),
      newest: ofParley(1),
      bareOldest: ofBare(PAGE_SIZE),
      oldest: ofParley(lastPage),
    },
    { rounds: plan.rounds, seconds: plan.pageSeconds, warmUpSeconds: plan.warmUpSeconds },
  );
  await bare.stop();

  const cost = (/** @type {import('../load.mjs').Figures} */ { perSecond }) => 1 / perSecond;
  return {
    title: `GET a page of ${PAGE_SIZE} in a chat of ${LOG_LENGTH.toLocaleString('en-US')} messages, ${CONNECTIONS} connections`,
    rows: [
      ...loadRows('newest page', figures.newest, figures.bareNewest),
      ...loadRows(`oldest page, page=${lastPage}`, figures.oldest, figures.bareOldest),
      row(
        'cost of the oldest page to the newest',
        '×',
        cost(figures.oldest) / cost(figures.newest),
        cost(figures.bareOldest) / cost(figures.bareNewest),
      ),
    ],
    notes: ['Bare: one keyset SELECT from the same table, with the first entry of the page given.'],
  };
}
