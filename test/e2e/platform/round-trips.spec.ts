import pg from 'pg';
import { type Caller, newBot, newUser, startPlatform } from './platform-caller.js';

let api: Caller;

beforeAll(async () => {
  api = await startPlatform();
  for (const id of ['mia', 'leo', 'ann']) await api.post('users', newUser(id));
  for (let i = 0; i < 5; i++) await api.post('bots', newBot(`bot_${i}`, { ai: { backend: 'chatgpt' } }));
  const user_ids = ['mia', 'leo', 'ann', 'bot_0', 'bot_1', 'bot_2'];
  await api.post('group_channels', { channel_url: 'busy', user_ids, inviter_id: 'mia' });
  for (const user_id of user_ids) {
    const mentioned_user_ids = user_ids.slice(0, 3);
    await api.post('group_channels/busy/messages', {
      message_type: 'MESG',
      user_id,
      message: 'Hi',
      mentioned_user_ids,
    });
  }
});

afterAll(() => api.close());

/** @returns how often the server waits for Postgres while it answers: statements that are under way together count once */
async function roundTripsOf(request: () => Promise<{ status: number }>): Promise<number> {
  await request(); // what is asked once only shall not count
  const original = pg.Client.prototype.query as (...args: unknown[]) => unknown;
  let underWay = 0;
  let rounds = 0;
  const query = jest.spyOn(pg.Client.prototype, 'query').mockImplementation(function (
    this: pg.Client,
    ...args: unknown[]
  ) {
    if (underWay++ === 0) rounds++;
    // A pool that hands in a callback gets nothing to wait for.
    const callback = args.findIndex((argument) => typeof argument === 'function');
    if (callback >= 0) {
      const told = args[callback] as (...results: unknown[]) => void;
      args[callback] = (...results: unknown[]) => {
        underWay--;
        told(...results);
      };
      return original.apply(this, args);
    }
    return Promise.resolve(original.apply(this, args)).finally(() => underWay--);
  });
  try {
    expect((await request()).status).toBe(200);
    return rounds;
  } finally {
    query.mockRestore();
  }
}

const botMessage = { channel_url: 'busy', message: 'Hello' };

it.each([
  ['listing bots', 3, () => api.get('bots?limit=100')],
  ['viewing a bot', 3, () => api.get('bots/bot_0')],
  ['listing users', 1, () => api.get('users')],
  ['viewing a user', 1, () => api.get('users/mia')],
  ['viewing a channel with its members', 3, () => api.get('group_channels/busy?show_member=true&user_id=mia')],
  ['listing channels with their members', 3, () => api.get('group_channels?show_member=true')],
  ["listing a user's channels", 3, () => api.get('users/mia/my_group_channels?show_read_receipt=true')],
  ['listing members', 2, () => api.get('group_channels/busy/members')],
  ['checking a member', 1, () => api.get('group_channels/busy/members/mia')],
  ['listing messages', 3, () => api.get('group_channels/busy/messages?message_ts=0')],
  ['counting unread messages', 1, () => api.get('group_channels/busy/messages/unread_count?user_ids=mia,leo')],
  // BEGIN and COMMIT, the lock of the chat and the facts under it are round trips too; many sends share them.
  ['sending a bot message', 10, () => api.post('bots/bot_0/send', botMessage)],
])('%s takes %i round trips to the database at most, however much there is', async (_, limit, request) => {
  expect(await roundTripsOf(request)).toBeLessThanOrEqual(limit);
});
