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

/** @returns how many statements the server sends to Postgres while it answers */
async function statementsOf(request: () => Promise<{ status: number }>): Promise<number> {
  await request(); // what is asked once only shall not count
  const query = jest.spyOn(pg.Client.prototype, 'query');
  try {
    expect((await request()).status).toBe(200);
    return query.mock.calls.length;
  } finally {
    query.mockRestore();
  }
}

const botMessage = { channel_url: 'busy', message: 'Hello' };

it.each([
  ['listing bots', 3, () => api.get('bots')],
  ['viewing a bot', 3, () => api.get('bots/bot_0')],
  ['listing users', 1, () => api.get('users')],
  ['viewing a channel with its members', 6, () => api.get('group_channels/busy?show_member=true&user_id=mia')],
  ['listing messages', 4, () => api.get('group_channels/busy/messages?message_ts=0')],
  ['sending a bot message', 12, () => api.post('bots/bot_0/send', botMessage)],
])('%s takes %i statements at most, however much there is', async (_, limit, request) => {
  expect(await statementsOf(request)).toBeLessThanOrEqual(limit);
});
