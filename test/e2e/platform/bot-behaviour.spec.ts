import { createHmac } from 'node:crypto';
import { runSql } from '../../support/databases.js';
import { type Sink, startSink } from '../../support/sink.js';
import { waitFor } from '../../support/wait-for.js';
import { type PlatformCaller, newBot, newUser, startPlatform } from './platform-caller.js';

let api: PlatformCaller;
let sink: Sink;
let count = 0;

beforeAll(async () => {
  sink = await startSink();
  api = await startPlatform({ ROLES: ['api', 'worker'] });
  for (const id of ['mia', 'leo']) await api.post('users', newUser(id, { nickname: id.toUpperCase() }));
});

afterAll(async () => {
  await api.close();
  await sink.close();
});

interface Callback {
  category: string;
  message?: { text: string; message_id: number };
  members?: { user_id: string }[];
  bot: { bot_userid: string; bot_token: string };
  channel: { channel_url: string };
  sender?: { user_id: string };
}

/** Creates a bot with its own callback path. */
async function aBot(fields: object = {}): Promise<string> {
  const id = `bot_${++count}`;
  const { status } = await api.post('bots', newBot(id, { bot_callback_url: `${sink.url}/${id}`, ...fields }));
  expect(status).toBe(200);
  return id;
}

async function aChannel(user_ids: string[]): Promise<string> {
  const channel_url = `channel_${++count}`;
  await api.post('group_channels', { channel_url, user_ids });
  return channel_url;
}

const say = async (url: string, message: string, fields: object = {}) =>
  (await api.post(`group_channels/${url}/messages`, { message_type: 'MESG', user_id: 'mia', message, ...fields })).body;
const callbacksOf = (bot: string): Callback[] =>
  sink.received.filter(({ path }) => path === `/${bot}`).map(({ body }) => JSON.parse(body) as Callback);
const textsOf = (bot: string) => callbacksOf(bot).flatMap(({ message }) => message?.text ?? []);
const eventsOf = (bot: string) => callbacksOf(bot).flatMap(({ category, message }) => (message ? [] : [category]));

/** Deliveries of a subscription are ordered: once the last text has arrived, all earlier ones have. */
async function heardUntil(bot: string, last: string): Promise<string[]> {
  await waitFor(() => textsOf(bot).includes(last), { what: `"${last}" at ${bot}`, timeoutMs: 15_000 });
  return textsOf(bot);
}

it('signs callbacks with the API token and sends the message, the bot and the channel', async () => {
  const bot = await aBot();
  const url = await aChannel(['mia', bot]);
  const { message_id } = await say(url, 'Grüße /today');
  await heardUntil(bot, 'Grüße /today');
  const { headers, body } = sink.received.find(({ path, body }) => path === `/${bot}` && body.includes('today'))!;
  expect(headers['x-sendbird-signature']).toBe(createHmac('sha256', api.token).update(body).digest('hex'));
  expect(headers).toMatchObject({ 'user-agent': 'SendBird', 'content-type': 'application/json' });
  expect(body).toMatch(/^[\x20-\x7e]*$/);
  expect(body).toContain('\\/today');
  const { body: view } = await api.get(`bots/${bot}`);
  const callback = JSON.parse(body) as Callback;
  expect(callback).toMatchObject({
    category: 'bot_message_notification',
    sender: { user_id: 'mia', nickname: 'MIA' },
    bot: { bot_userid: bot, bot_token: view.bot.bot_token },
    app_id: api.running.settings.APPLICATION_ID,
    message: { text: 'Grüße /today', message_id, files: [] },
    channel: { channel_url: url },
  });
  expect(callback).not.toHaveProperty('members');
});

it('delivers only commands and mentions in privacy mode', async () => {
  const bot = await aBot({ is_privacy_mode: true });
  const url = await aChannel(['mia', 'leo', bot]);
  await say(url, 'Hello');
  await say(url, `Hello @${bot}`);
  await say(url, ' /indented');
  await say(url, '/help');
  await say(url, 'You', { mentioned_user_ids: [bot] });
  await say(url, 'Not you', { mentioned_user_ids: ['leo'] });
  await say(url, 'All', { mention_type: 'channel' });
  await say(url, '/end');
  expect(await heardUntil(bot, '/end')).toEqual(['/help', 'You', 'All', '/end']);
});

it('lists the members in callbacks with show_member', async () => {
  const bot = await aBot({ show_member: true });
  const url = await aChannel(['mia', bot]);
  await say(url, 'Who?');
  await heardUntil(bot, 'Who?');
  const callback = callbacksOf(bot).find(({ message }) => message)!;
  expect(callback.members!.map(({ user_id }) => user_id).sort()).toEqual([bot, 'mia'].sort());
});

it('does not deliver messages of the bot itself, of other bots or of services', async () => {
  const [one, other] = [await aBot(), await aBot()];
  const url = await aChannel(['mia', one, other]);
  await api.post(`bots/${one}/send`, { channel_url: url, message: 'From one' });
  await api.post(`bots/${other}/send`, { channel_url: url, message: 'From other' });
  await api.post(`group_channels/${url}/messages`, { message_type: 'ADMM', message: 'Closed' });
  await say(url, 'End');
  expect(await heardUntil(one, 'End')).toEqual(['End']);
  expect(await heardUntil(other, 'End')).toEqual(['End']);
});

it('stops callbacks at an empty bot_callback_url and starts them at a new one', async () => {
  const bot = await aBot();
  const url = await aChannel(['mia', bot]);
  await say(url, 'First');
  await heardUntil(bot, 'First');
  expect((await api.put(`bots/${bot}`, { bot_callback_url: '' })).body.bot_callback_url).toBe('');
  await say(url, 'Unheard');
  await api.put(`bots/${bot}`, { bot_callback_url: `${sink.url}/${bot}` });
  await say(url, 'Last');
  expect(await heardUntil(bot, 'Last')).toEqual(['First', 'Last']);
});

it('sends callbacks to an AI bot with a callback URL', async () => {
  const bot = await aBot({ ai: { backend: 'chatgpt' } });
  const url = await aChannel(['mia', bot]);
  await say(url, 'Both');
  expect(await heardUntil(bot, 'Both')).toEqual(['Both']);
});

it('delivers nothing to an invited bot before it accepts or after it declines', async () => {
  const bot = await aBot({ channel_invitation_preference: 1, enable_membership_events: true });
  const url = await aChannel(['mia', bot]);
  await say(url, 'Too early');
  await api.put(`group_channels/${url}/accept`, { user_id: bot });
  await say(url, 'In time');
  expect(await heardUntil(bot, 'In time')).toEqual(['In time']);
  expect(eventsOf(bot)).toEqual(['bot_event/group_channel:join']);
  const closed = await aChannel(['mia', bot]);
  await api.put(`group_channels/${closed}/decline`, { user_id: bot });
  await say(closed, 'Never');
  await say(url, 'End');
  expect(await heardUntil(bot, 'End')).toEqual(['In time', 'End']);
});

it('delivers join and leave events to a subscribed bot', async () => {
  const bot = await aBot({ enable_membership_events: true });
  const url = await aChannel(['mia']);
  await say(url, 'Before');
  await api.post(`bots/${bot}/channels`, { channel_urls: [url] });
  await say(url, 'Within');
  await heardUntil(bot, 'Within');
  await api.delete(`bots/${bot}/channels/${url}`);
  await waitFor(() => eventsOf(bot).length === 2, { what: 'the event of leaving' });
  await say(url, 'Away');
  await api.post(`group_channels/${url}/invite`, { user_ids: [bot], inviter_id: 'mia' });
  await say(url, 'Back');
  expect(await heardUntil(bot, 'Back')).toEqual(['Within', 'Back']);
  const join = 'bot_event/group_channel:join';
  expect(eventsOf(bot)).toEqual([join, 'bot_event/group_channel:leave', join]);
  const [first, , second] = callbacksOf(bot).filter(({ message }) => !message);
  expect(first).toMatchObject({ bot: { bot_userid: bot }, channel: { channel_url: url } });
  expect(first).not.toHaveProperty('sender');
  expect(second.sender).toMatchObject({ user_id: 'mia' });
});

it('sends new event ids for a channel that is recreated under its URL', async () => {
  const bot = await aBot({ enable_membership_events: true });
  const url = await aChannel(['mia', bot]);
  await say(url, 'The first');
  await heardUntil(bot, 'The first');
  await api.delete(`group_channels/${url}`);
  await api.post('group_channels', { channel_url: url, user_ids: ['mia', bot] });
  await say(url, 'The second');
  expect(await heardUntil(bot, 'The second')).toEqual(['The first', 'The second']);
  const callbacks = sink.received.filter(({ path }) => path === `/${bot}`);
  expect(new Set(callbacks.map(({ headers }) => headers['webhook-id'])).size).toBe(4);
});

it('delivers only messages by default', async () => {
  const bot = await aBot();
  const { body } = await api.get(`bots/${bot}`);
  expect(body).not.toHaveProperty('enable_membership_events');
  const first = await aChannel(['mia', bot]);
  await say(first, 'Just this');
  await heardUntil(bot, 'Just this');
  expect(eventsOf(bot)).toEqual([]);
  const changed = await api.put(`bots/${bot}`, { enable_membership_events: true });
  expect(changed.body).toMatchObject({ enable_membership_events: true });
  const second = await aChannel(['mia', bot]);
  await say(second, 'And this');
  await heardUntil(bot, 'And this');
  expect(eventsOf(bot)).toEqual(['bot_event/group_channel:join']);
});

it('delivers messages without delay to a bot that failed 25 join events', async () => {
  sink.setBehaviour((callback, response) => {
    response.writeHead(callback.body.includes('bot_event') ? 500 : 200).end();
  });
  const bot = await aBot({ enable_membership_events: true });
  const urls = await Promise.all(Array.from({ length: 25 }, () => aChannel(['mia', bot])));
  await waitFor(() => eventsOf(bot).length === 25, { what: 'the events', timeoutMs: 15_000 });
  await say(urls[24], 'Go on');
  expect(await heardUntil(bot, 'Go on')).toEqual(['Go on']);
  const troubled = `SELECT 1 FROM endpoint_health JOIN bot_endpoints ON id = endpoint_id
    WHERE bot_id = '${bot}' AND (state <> 'closed' OR fail_streak > 0 OR failing_since IS NOT NULL)`;
  expect(await runSql(api.running.settings.databaseUrl, troubled)).toEqual([]);
  expect(eventsOf(bot)).toHaveLength(25);
});

it('marks only messages of the bot as read with enable_mark_as_read', async () => {
  const [marks, leaves] = [await aBot(), await aBot({ enable_mark_as_read: false })];
  const url = await aChannel(['mia', marks, leaves]);
  await say(url, 'Hi');
  for (const bot of [marks, leaves]) await api.post(`bots/${bot}/send`, { channel_url: url, message: 'Hi' });
  const { body } = await api.get(`group_channels/${url}/messages/unread_count?user_ids=${marks},${leaves},mia`);
  expect(body.unread).toEqual({ [marks]: 1, [leaves]: 2, mia: 2 });
});
