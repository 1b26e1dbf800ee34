import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import { type PlatformCaller, newBot, newUser, startPlatform } from './platform-caller.js';
import { KNOWN_OPERATIONS } from './strict-reader.js';

let api: PlatformCaller;

beforeAll(async () => {
  api = await startPlatform();
  for (const id of ['mia', 'leo', 'ann']) await api.post('users', newUser(id));
  for (let i = 0; i < 5; i++) await api.post('bots', newBot(`bot_${i}`, { ai: { backend: 'chatgpt' } }));
  const user_ids = ['mia', 'leo', 'ann', 'bot_0', 'bot_1', 'bot_2'];
  await api.post('group_channels', { channel_url: 'busy', user_ids, inviter_id: 'mia' });
  await api.post('group_channels', { channel_url: 'quiet', user_ids: ['mia'] });
  await api.post('group_channels', { channel_url: 'party', user_ids: ['mia'], is_public: true });
  await api.post('group_channels/busy/metadata', { metadata: { theme: 'dark' } });
  await api.post('users/mia/metadata', { metadata: { colour: 'red' } });
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

/** Wake-ups and live hints are sent after or beside the response, on other connections or by NOTIFY. */
function isWaitedFor(client: pg.Client, [query]: unknown[]): boolean {
  const text = typeof query === 'string' ? query : ((query as { text?: string } | undefined)?.text ?? '');
  const { application_name } = (client as unknown as { connectionParameters: { application_name?: string } })
    .connectionParameters;
  return application_name === 'parley' && !/notify/i.test(text);
}

/** @returns how often a request waits for Postgres; concurrent statements count once */
async function roundTripsOf(prepare: () => Promise<() => Promise<{ status: number; body: unknown }>>): Promise<number> {
  await (
    await prepare()
  )(); // what is asked once only shall not count
  const request = await prepare();
  await setTimeout(5); // work after the response, such as a wake-up, is not part of the request
  const original = pg.Client.prototype.query as (...args: unknown[]) => unknown;
  let underWay = 0;
  let rounds = 0;
  const query = jest.spyOn(pg.Client.prototype, 'query').mockImplementation(function (
    this: pg.Client,
    ...args: unknown[]
  ) {
    if (!isWaitedFor(this, args)) return original.apply(this, args);
    if (underWay++ === 0) rounds++;
    // A pool that hands in a callback gets nothing to wait for.
    const callback = args.findIndex((argument) => typeof argument === 'function');
    if (callback >= 0) {
      const onResult = args[callback] as (...results: unknown[]) => void;
      args[callback] = (...results: unknown[]) => {
        underWay--;
        onResult(...results);
      };
      return original.apply(this, args);
    }
    return Promise.resolve(original.apply(this, args)).finally(() => underWay--);
  });
  try {
    const { status, body } = await request();
    expect([status, body]).toEqual([200, expect.anything()]);
    return rounds;
  } finally {
    query.mockRestore();
  }
}

let made = 0;
const next = (name: string): string => `${name}_${made++}`;
const send = (message: string, fields: object = {}) =>
  api.post('bots/bot_0/send', { channel_url: 'busy', message, ...fields });
const numOf = async (): Promise<number> => (await send('Old')).body.message.message_id;

/** Prepares an operation before its request is counted. */
const withUser = (call: (id: string) => ReturnType<PlatformCaller['get']>) => async () => {
  const id = next('user');
  await api.post('users', newUser(id));
  return () => call(id);
};
const withMember = (call: (id: string) => ReturnType<PlatformCaller['get']>) => async () => {
  const id = next('member');
  await api.post('users', newUser(id));
  await api.post('group_channels/busy/invite', { user_ids: [id] });
  return () => call(id);
};
const withInvited = (call: (id: string) => ReturnType<PlatformCaller['get']>) => async () => {
  const id = next('invited');
  await api.post('users', newUser(id));
  await api.post('group_channels/busy/invite', { user_ids: [id], invitation_status: { [id]: 'invited_by_friend' } });
  return () => call(id);
};
const withBot = (call: (id: string) => ReturnType<PlatformCaller['get']>) => async () => {
  const id = next('guest_bot');
  await api.post('bots', newBot(id));
  await api.post(`bots/${id}/channels`, { channel_urls: ['busy', 'quiet'] });
  return () => call(id);
};
const withChannel = (call: (url: string) => ReturnType<PlatformCaller['get']>) => async () => {
  const channel_url = next('channel');
  await api.post('group_channels', { channel_url, user_ids: ['mia', 'bot_0', 'bot_1'], inviter_id: 'mia' });
  return () => call(channel_url);
};
const withMessage = (call: (path: string) => ReturnType<PlatformCaller['get']>) => async () => {
  const path = `group_channels/busy/messages/${await numOf()}`;
  return () => call(path);
};
const at = (call: () => ReturnType<PlatformCaller['get']>) => async () => call;

const BUSY = 'group_channels/busy';

/**
 * All operations with JSON. Forms with files take more: the quota is charged and committed before the bytes are stored, and the
 * file is marked as ready afterwards, so that a crash leaves no bytes without a row.
 */
const OPERATIONS: Record<string, () => Promise<() => ReturnType<PlatformCaller['get']>>> = {
  'POST bots': at(() => api.post('bots', newBot(next('made_bot'), { ai: { backend: 'chatgpt' } }))),
  'GET bots': at(() => api.get('bots?limit=100')),
  'GET bots/*': at(() => api.get('bots/bot_0')),
  'PUT bots/*': withBot((id) => api.put(`bots/${id}`, { bot_nickname: 'Other', ai: { backend: 'chatgpt' } })),
  'DELETE bots/*': withBot((id) => api.delete(`bots/${id}`)),
  'POST bots/*/channels': withBot((id) => api.post(`bots/${id}/channels`, { channel_urls: ['party', 'busy'] })),
  'GET bots/*/channels': at(() => api.get('bots/bot_0/channels')),
  'DELETE bots/*/channels': withBot((id) => api.delete(`bots/${id}/channels`)),
  'DELETE bots/*/channels/*': withBot((id) => api.delete(`bots/${id}/channels/busy`)),
  'POST bots/*/send': at(() => send('Hello', { mentioned: ['mia', 'leo'], dedup_id: next('dedup') })),
  'POST bots/*/send, an answer': async () => {
    const target_message_id = await numOf();
    return () => send('Yes', { target_message_id });
  },
  'POST users': at(() => api.post('users', newUser(next('new'), { issue_access_token: true }))),
  'GET users': at(() => api.get('users')),
  'GET users/*': at(() => api.get('users/mia')),
  'PUT users/*': withUser((id) => api.put(`users/${id}`, { nickname: 'Other' })),
  'PUT users/*, who leaves': withMember((id) => api.put(`users/${id}`, { is_active: false })),
  'DELETE users/*': withMember((id) => api.delete(`users/${id}`)),
  'POST users/*/token': at(() => api.post('users/mia/token')),
  'GET users/*/channel_invitation_preference': at(() => api.get('users/mia/channel_invitation_preference')),
  'PUT users/*/channel_invitation_preference': at(() =>
    api.put('users/mia/channel_invitation_preference', { auto_accept: true }),
  ),
  'PUT users/*/mark_as_read_all': at(() => api.put('users/mia/mark_as_read_all', {})),
  'GET users/*/unread_message_count': at(() => api.get('users/mia/unread_message_count')),
  'POST users/*/metadata': withUser((id) => api.post(`users/${id}/metadata`, { metadata: { a: 'b' } })),
  'GET users/*/metadata': at(() => api.get('users/mia/metadata')),
  'GET users/*/metadata/*': at(() => api.get('users/mia/metadata/colour')),
  'PUT users/*/metadata': at(() => api.put('users/mia/metadata', { metadata: { colour: 'red' }, upsert: true })),
  'PUT users/*/metadata/*': at(() => api.put('users/mia/metadata/colour', { value: 'red', upsert: true })),
  'DELETE users/*/metadata': withUser((id) => api.delete(`users/${id}/metadata`)),
  'DELETE users/*/metadata/*': async () => {
    await api.put('users/leo/metadata', { metadata: { gone: 'soon' }, upsert: true });
    return () => api.delete('users/leo/metadata/gone');
  },
  'GET users/*/my_group_channels': at(() => api.get('users/mia/my_group_channels?show_read_receipt=true')),
  'PUT users/*/my_group_channels/leave': withMember((id) => api.put(`users/${id}/my_group_channels/leave`)),
  'POST group_channels': at(() =>
    api.post('group_channels', { channel_url: next('made'), user_ids: ['mia', 'bot_0'], inviter_id: 'mia' }),
  ),
  'POST group_channels, a distinct one': at(() =>
    api.post('group_channels', { user_ids: ['mia', 'ann'], is_distinct: true }),
  ),
  'GET group_channels': at(() => api.get('group_channels?show_member=true&show_metadata=true')),
  'GET group_channels/*': at(() => api.get(`${BUSY}?show_member=true&user_id=mia`)),
  'PUT group_channels/*': withChannel((url) =>
    api.put(`group_channels/${url}`, { name: 'Other', operator_ids: ['mia'] }),
  ),
  'DELETE group_channels/*': withChannel((url) => api.delete(`group_channels/${url}`)),
  'PUT group_channels/*/freeze': withChannel((url) => api.put(`group_channels/${url}/freeze`, { freeze: true })),
  'POST group_channels/*/invite': withUser((id) =>
    api.post(`${BUSY}/invite`, { user_ids: [id], inviter_id: 'mia', hidden_status: { [id]: 'unhidden' } }),
  ),
  'PUT group_channels/*/join': withUser((user_id) => api.put('group_channels/party/join', { user_id })),
  'PUT group_channels/*/accept': withInvited((user_id) => api.put(`${BUSY}/accept`, { user_id })),
  'PUT group_channels/*/decline': withInvited((user_id) => api.put(`${BUSY}/decline`, { user_id })),
  'PUT group_channels/*/leave': withMember((id) => api.put(`${BUSY}/leave`, { user_ids: [id] })),
  'PUT group_channels/*/leave, all': withChannel((url) =>
    api.put(`group_channels/${url}/leave`, { should_leave_all: true }),
  ),
  'GET group_channels/*/members': at(() => api.get(`${BUSY}/members`)),
  'GET group_channels/*/members/*': at(() => api.get(`${BUSY}/members/mia`)),
  'GET group_channels/*/operators': at(() => api.get(`${BUSY}/operators`)),
  'POST group_channels/*/operators': at(() => api.post(`${BUSY}/operators`, { operator_ids: ['mia'] })),
  'DELETE group_channels/*/operators': at(() => api.delete(`${BUSY}/operators?operator_ids=mia`)),
  'DELETE group_channels/*/operators, all': at(() => api.delete(`${BUSY}/operators?delete_all=true`)),
  'PUT group_channels/*/hide': at(() => api.put(`${BUSY}/hide`, { user_id: 'ann', hide_previous_messages: true })),
  'DELETE group_channels/*/hide': at(() => api.delete(`${BUSY}/hide?user_id=ann`)),
  'PUT group_channels/*/reset_user_history': at(() => api.put(`${BUSY}/reset_user_history`, { user_id: 'ann' })),
  'POST group_channels/*/typing': at(() => api.post(`${BUSY}/typing`, { user_ids: ['mia', 'leo'] })),
  'DELETE group_channels/*/typing': at(() => api.delete(`${BUSY}/typing`, { user_ids: ['mia', 'leo'] })),
  'POST group_channels/*/metadata': withChannel((url) =>
    api.post(`group_channels/${url}/metadata`, { metadata: { a: 'b' } }),
  ),
  'GET group_channels/*/metadata': at(() => api.get(`${BUSY}/metadata`)),
  'GET group_channels/*/metadata/*': at(() => api.get(`${BUSY}/metadata/theme`)),
  'PUT group_channels/*/metadata': at(() => api.put(`${BUSY}/metadata`, { metadata: { theme: 'dark' } })),
  'PUT group_channels/*/metadata/*': at(() => api.put(`${BUSY}/metadata/theme`, { value: 'dark' })),
  'DELETE group_channels/*/metadata': withChannel((url) => api.delete(`group_channels/${url}/metadata`)),
  'DELETE group_channels/*/metadata/*': async () => {
    await api.put(`${BUSY}/metadata`, { metadata: { gone: 'soon' }, upsert: true });
    return () => api.delete(`${BUSY}/metadata/gone`);
  },
  'POST group_channels/*/messages': at(() =>
    api.post(`${BUSY}/messages`, {
      message_type: 'MESG',
      user_id: 'mia',
      message: 'Hello',
      mentioned_user_ids: ['leo', 'bot_1'],
    }),
  ),
  'POST group_channels/*/messages, of the operator': at(() =>
    api.post(`${BUSY}/messages`, { message_type: 'ADMM', message: 'Hello' }),
  ),
  'GET group_channels/*/messages': at(() =>
    api.get(`${BUSY}/messages?message_ts=0&include_thread_info=true&include_parent_message_info=true`),
  ),
  'GET group_channels/*/messages, around one': async () => {
    const num = await numOf();
    return () => api.get(`${BUSY}/messages?message_id=${num}`);
  },
  'GET group_channels/*/messages/*': withMessage((path) => api.get(path)),
  'PUT group_channels/*/messages/*': withMessage((path) =>
    api.put(path, { message_type: 'MESG', message: 'New', mentioned_user_ids: ['ann'] }),
  ),
  'DELETE group_channels/*/messages/*': withMessage((path) => api.delete(path)),
  'GET group_channels/*/messages/total_count': at(() => api.get(`${BUSY}/messages/total_count`)),
  'GET group_channels/*/messages/unread_count': at(() => api.get(`${BUSY}/messages/unread_count?user_ids=mia,leo`)),
  'PUT group_channels/*/messages/mark_as_read': at(() => api.put(`${BUSY}/messages/mark_as_read`, { user_id: 'mia' })),
  'PUT group_channels/*/messages/mark_as_delivered': at(() =>
    api.put(`${BUSY}/messages/mark_as_delivered`, { user_id: 'mia' }),
  ),
  'POST applications/api_tokens': at(() => api.post('applications/api_tokens')),
  'GET applications/api_tokens': at(() => api.get('applications/api_tokens')),
  'DELETE applications/api_tokens/*': async () => {
    const { token } = (await api.post('applications/api_tokens')).body;
    return () => api.delete(`applications/api_tokens/${token}`);
  },
};

it.each(Object.keys(OPERATIONS))('%s takes at most three database round trips', async (name) => {
  const rounds = await roundTripsOf(OPERATIONS[name]);
  // After-commit work of an earlier request can overlap with this one, but not twice.
  expect(rounds > 3 ? await roundTripsOf(OPERATIONS[name]) : rounds).toBeLessThanOrEqual(3);
});

/** Calls a model: tokens are reserved before and settled afterwards. Four round trips, and seconds. */
const WITH_A_MODEL = 'POST bots/*/ai_chatbot_replies';

it('covers all operations', () => {
  expect(KNOWN_OPERATIONS.filter((operation) => !Object.hasOwn(OPERATIONS, operation))).toEqual([WITH_A_MODEL]);
});
