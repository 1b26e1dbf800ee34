import { messageRequests } from '../fixtures.mjs';
import { compare } from '../load.mjs';
import { CONNECTIONS, PAGE_SIZE } from '../options.mjs';
import { loadRows } from '../report.mjs';
import { SECRETS } from '../servers.mjs';

const BOTS = 100;
const MESSAGES = 40;

/**
 * A back end uses the Platform API: it lists and gets bots, sends messages as a bot, and lists messages.
 *
 * @param {import('../stage.mjs').Stage} stage
 * @returns {Promise<import('../report.mjs').Section>}
 */
export async function platformApi(stage) {
  const { bare, parley, fixtures, plan } = stage;
  const call = platformCaller(parley.url);
  const [reader] = await fixtures.createPeople(await fixtures.createBot('Bench neighbour'), 1);
  for (let i = 0; i < BOTS; i++) await call('POST', 'bots', newBot(`bench_bot_${i}`));
  for (let i = 0; i < CONNECTIONS; i++) {
    await call('POST', 'group_channels', {
      channel_url: `bench_channel_${i}`,
      user_ids: [reader.userId, 'bench_bot_0'],
    });
  }
  for (let i = 0; i < MESSAGES; i++) {
    await call('POST', 'bots/bench_bot_0/send', { channel_url: 'bench_channel_0', message: `Message ${i}` });
  }
  const bareReader = await stage.launchBare({ CHAT_ID: 'bench_channel_0' });

  const headers = { 'api-token': SECRETS.API_TOKEN, 'content-type': 'application/json' };
  /** @param {string} path */
  const reading = (path) => ({
    server: parley,
    load: {
      url: `${parley.url}/v3/${path}`,
      method: /** @type {const} */ ('GET'),
      requests: Array.from({ length: CONNECTIONS }, () => ({ headers })),
    },
  });
  const sending = Array.from({ length: CONNECTIONS }, (_, i) => ({
    headers,
    body: JSON.stringify({ channel_url: `bench_channel_${i}`, message: 'The train at nine goes on Sundays too.' }),
  }));
  const figures = await compare(
    stage,
    {
      bareRead: {
        ...reading(''),
        server: bareReader,
        load: { ...reading('').load, url: `${bareReader.url}/page?seq=${MESSAGES}` },
      },
      listBots: reading(`bots?limit=${BOTS}`),
      viewBot: reading('bots/bench_bot_7'),
      listMessages: reading(
        `group_channels/bench_channel_0/messages?message_ts=0&prev_limit=0&next_limit=${PAGE_SIZE}`,
      ),
      bareSend: {
        server: bare,
        load: { url: `${bare.url}/insert`, method: 'POST', requests: messageRequests(Array(CONNECTIONS).fill(reader)) },
      },
      botSend: {
        server: parley,
        load: { url: `${parley.url}/v3/bots/bench_bot_0/send`, method: 'POST', requests: sending },
      },
    },
    { rounds: plan.rounds, seconds: plan.pageSeconds, warmUpSeconds: plan.warmUpSeconds },
  );
  await bareReader.stop();

  return {
    title: `Platform API, ${CONNECTIONS} connections with the master token, no rate limit`,
    rows: [
      ...loadRows(`list ${BOTS} bots`, figures.listBots, figures.bareRead),
      ...loadRows('view a bot', figures.viewBot, figures.bareRead),
      ...loadRows('list messages', figures.listMessages, figures.bareRead),
      ...loadRows('send a bot message', figures.botSend, figures.bareSend),
    ],
    notes: [`Bare: one keyset SELECT of ${PAGE_SIZE} messages for reads, one INSERT for sends.`],
  };
}

/** @param {string} id */
const newBot = (id) => ({
  bot_userid: id,
  bot_nickname: id,
  bot_profile_url: '',
  bot_type: '',
  bot_callback_url: '',
  is_privacy_mode: false,
});

/** @param {string} url of Parley */
const platformCaller =
  (url) => async (/** @type {string} */ method, /** @type {string} */ path, /** @type {object} */ body) => {
    const response = await fetch(`${url}/v3/${path}`, {
      method,
      headers: { 'api-token': SECRETS.API_TOKEN, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${method} ${path} responded ${response.status}: ${await response.text()}`);
  };
