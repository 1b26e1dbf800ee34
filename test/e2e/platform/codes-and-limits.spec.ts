import { Database } from '../../../src/core/database/database.js';
import { type Answer, type Caller, error, newBot, newUser, startPlatform } from './platform-caller.js';

let api: Caller;

beforeAll(async () => {
  api = await startPlatform();
  for (const id of ['mia', 'leo', 'ann', 'gone', 'busy']) await api.post('users', newUser(id));
  await api.post('bots', newBot('echo'));
  await api.post('group_channels', { channel_url: 'lunch', user_ids: ['mia', 'leo', 'echo', 'gone'] });
  await api.post('group_channels', { channel_url: 'open', user_ids: ['mia'], is_public: true });
  await api.put('users/gone', { is_active: false, leave_all_when_deactivated: false });
});

afterAll(() => api.close());

const text = (user_id: string, message = 'Hi', fields: object = {}) =>
  api.post('group_channels/lunch/messages', { message_type: 'MESG', user_id, message, ...fields });
const raw = (path: string, init: RequestInit) =>
  api.call(path, { method: 'POST', ...init, headers: { 'content-type': 'application/json', ...init.headers } });
const many = (count: number): string[] => Array.from({ length: count }, (_, i) => `user_${i}`);

describe('an error has its code', () => {
  it.each<[number, RegExp, () => Promise<Answer>]>([
    [400100, /^bot_nickname/, () => api.post('bots', newBot('b', { bot_nickname: 5 }))],
    [400101, /^channel_invitation_preference/, () => api.put('bots/echo', { channel_invitation_preference: 'no' })],
    [400101, /^limit/, () => api.get('bots?limit=ten')],
    [400102, /^user_ids/, () => api.post('group_channels', { user_ids: 'mia' })],
    [400103, /^ai/, () => api.put('bots/echo', { ai: 'chatgpt' })],
    [400104, /^is_privacy_mode/, () => api.put('bots/echo', { is_privacy_mode: 'yes' })],
    [
      400105,
      /^bot_callback_url must be required/,
      () => api.post('bots', newBot('b', { bot_callback_url: undefined })),
    ],
    [400105, /^message_ts/, () => api.get('group_channels/lunch/messages')],
    [400105, /^metadata_order_key/, () => api.get('group_channels?order=metadata_value_alphabetical')],
    [400105, /^user_id/, () => api.delete('group_channels/lunch/hide')],
    [400106, /^limit/, () => api.get('bots?limit=-1')],
    [400108, /"ann" is not a member/, () => text('ann')],
    [400110, /^bot_userid/, () => api.post('bots', newBot('b'.repeat(81)))],
    [400111, /^ai.backend/, () => api.put('bots/echo', { ai: { backend: 'other' } })],
    [
      400111,
      /is_distinct and is_super/,
      () => api.post('group_channels', { user_ids: ['mia'], is_distinct: true, is_super: true }),
    ],
    [400111, /^expires_at must be in the future/, () => api.post('users/mia/token', { expires_at: 1 })],
    [400113, /^limit/, () => api.get('bots?limit=101')],
    [400113, /^ai.temperature/, () => api.put('bots/echo', { ai: { temperature: 2.01 } })],
    [400151, /^channel_url/, () => api.post('group_channels', { channel_url: 'no spaces', user_ids: [] })],
    [400201, /"Bot" not found/, () => api.post('bots/mia/send', { channel_url: 'lunch', message: 'Hi' })],
    [400201, /"User" not found/, () => text('nobody')],
    [400201, /"Channel" not found/, () => api.get('group_channels/nowhere')],
    [400201, /"Message" not found/, () => api.get('group_channels/lunch/messages?message_id=999999')],
    [400201, /"User" not found/, () => api.post('users/echo/token')],
    [400202, /violates unique constraint/, () => api.post('bots', newBot('mia'))],
    [400203, /^user_ids/, () => api.post('group_channels', { user_ids: many(101) })],
    [400300, /"gone" is deactivated/, () => text('gone')],
    [400300, /"gone" is deactivated/, () => api.put('group_channels/open/join', { user_id: 'gone' })],
    [400300, /"gone" is deactivated/, () => api.post('users/gone/token')],
    [400401, /API token/, () => api.call('bots', { headers: { 'api-token': 'undefined' } })],
    [400402, /body is required/, () => api.post('bots')],
    [400403, /./, () => raw('bots', { body: '{' })],
    [400404, /nothing at this URL/, () => api.get('robots')],
    [400920, /^access_code/, () => api.post('group_channels', { user_ids: ['mia'], access_code: 'x' })],
  ])('%i, %s', async (code, message, request) => {
    const { status, body } = await request();
    expect([status, body]).toEqual([400, error(code, message)]);
  });
});

describe('a user', () => {
  /** Puts a user into so many groups, behind the server's back. */
  const fill = async (userId: string, count: number): Promise<void> => {
    const { manager } = api.running.app.get(Database);
    await manager.query(
      `WITH made AS (
         INSERT INTO chats (id, kind, last_at, created_at)
         SELECT $1 || '_chat_' || i, 'group', now(), now() FROM generate_series(1, $2::integer) i RETURNING id)
       INSERT INTO members (chat_id, user_id, state, joined_at) SELECT id, $1, 'joined', now() FROM made`,
      [userId, count],
    );
  };
  const full = error(400306, /"busy" is in 2000 group channels already/);

  it('is in 2000 group channels at most, however it comes in', async () => {
    await fill('busy', 1999);
    expect((await api.put('group_channels/open/join', { user_id: 'busy' })).status).toBe(200);
    expect((await api.put('group_channels/open/join', { user_id: 'busy' })).status).toBe(200);
    expect((await api.post('group_channels/lunch/invite', { user_ids: ['busy'] })).body).toEqual(full);
    expect((await api.post('group_channels', { user_ids: ['busy'] })).body).toEqual(full);
    expect((await api.get('group_channels/lunch/members/busy')).body.state).toBe('none');
  });

  it('gets a session token, which opens the Client API until it ends', async () => {
    const { token, expires_at } = (await api.post('users/mia/token')).body;
    expect(expires_at).toBeGreaterThan(Date.now() + 6 * 86_400_000);
    const ask = (value: string) => fetch(`${api.url}/v1/client-api/user`, { headers: { cookie: `token=${value}` } });
    expect((await ask(token)).status).toBe(200);
    const short = (await api.post('users/mia/token', { expires_at: Date.now() + 1500 })).body;
    expect(short.expires_at).toBeLessThanOrEqual(Date.now() + 1500);
    expect((await ask(`${token}x`)).status).toBe(401);
  });
});

describe('channels', () => {
  it('are listed by the value of an item of their metadata, page by page', async () => {
    for (const [url, theme] of [
      ['theme_b', 'b'],
      ['theme_a', 'a'],
      ['theme_c', 'c'],
    ]) {
      await api.post('group_channels', { channel_url: url, name: 'Themes', user_ids: ['mia'] });
      await api.post(`group_channels/${url}/metadata`, { metadata: { theme } });
    }
    const query = 'show_empty=true&name=Themes&order=metadata_value_alphabetical&metadata_order_key=theme&limit=2';
    const first = (await api.get(`group_channels?${query}`)).body;
    const second = (await api.get(`group_channels?${query}&token=${first.next}`)).body;
    const urls = [...first.channels, ...second.channels].map(({ channel_url }) => channel_url);
    expect([urls, second.next]).toEqual([['theme_a', 'theme_b', 'theme_c'], '']);
    const otherKey = `group_channels?${query.replace('=theme&', '=other&')}&token=${first.next}`;
    expect((await api.get(otherKey)).body).toEqual(error(400111, /^token/));
  });

  it('are hidden from all, shown again to all, and forgotten by all', async () => {
    await api.put('group_channels/lunch/hide', { should_hide_all: true });
    expect((await api.get('group_channels/lunch?user_id=leo')).body.is_hidden).toBe(true);
    const { ts_message_offset } = (await api.put('group_channels/lunch/reset_user_history', { reset_all: true })).body;
    expect((await api.get('group_channels/lunch?user_id=leo')).body.ts_message_offset).toBe(ts_message_offset);
    await api.delete('group_channels/lunch/hide?should_unhide_all=true');
    for (const user_id of ['mia', 'leo'])
      expect((await api.get(`group_channels/lunch?user_id=${user_id}`)).body.is_hidden).toBe(false);
  });
});

describe('messages', () => {
  const list = async (query: string) =>
    (await api.get(`group_channels/lunch/messages?message_ts=0&next_limit=100&${query}`)).body.messages;
  let asked: number;

  beforeAll(async () => {
    await api.post('group_channels/lunch/operators', { operator_ids: ['leo'] });
    asked = (await text('mia', 'A question')).body.message_id;
    await text('leo', 'I rule');
    for (const message of ['One', 'Two'])
      await api.post('bots/echo/send', { channel_url: 'lunch', message, target_message_id: asked });
  });

  it('are those of operators, or of others', async () => {
    const senders = async (filter: string) =>
      new Set((await list(`operator_filter=${filter}`)).map(({ user }: { user: { user_id: string } }) => user.user_id));
    expect(await senders('operator')).toEqual(new Set(['leo']));
    expect(await senders('nonoperator')).toEqual(new Set(['mia', 'echo']));
  });

  it('tell of their answers, and answers of what they answer', async () => {
    const extras = 'include_thread_info=true&include_parent_message_info=true&include_reactions=true';
    const found = await list(`include_reply_type=ALL&${extras}`);
    const [question, , one] = found;
    expect(question).toMatchObject({
      thread_info: { reply_count: 2, most_replies: [{ user_id: 'echo' }] },
      reactions: [],
    });
    expect(question.thread_info.last_replied_at).toBe(found[3].created_at);
    expect(one).toMatchObject({
      parent_message_id: asked,
      parent_message_info: { type: 'MESG', ts: question.created_at, message: 'A question', user: { user_id: 'mia' } },
      thread_info: { reply_count: 0, most_replies: [] },
    });
    expect((await list(''))[0]).not.toHaveProperty('thread_info');
  });

  it('are listed without answers, unless those are asked for', async () => {
    const texts = async (query: string) => (await list(query)).map(({ message }: { message: string }) => message);
    for (const query of ['', 'include_reply_type=NONE'])
      expect(await texts(query)).toEqual(['A question', 'I rule']);
    for (const type of ['ALL', 'ONLY_REPLY_TO_CHANNEL'])
      expect(await texts(`include_reply_type=${type}&include_poll_details=true`)).toHaveLength(4);
    expect((await api.get('group_channels/lunch/messages?message_ts=0&include_reply_type=SOME')).body).toEqual(
      error(400111, /^include_reply_type/),
    );
  });
});

describe('pictures', () => {
  const PNG = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
  );
  const picture = () => new Blob([PNG], { type: 'image/png' });
  const sizeOf = async (url: string) =>
    (await (await fetch(url.replace(/^https?:\/\/[^/]+/, api.url))).arrayBuffer()).byteLength;

  it('of users are uploaded, kept, and replaced', async () => {
    const { body } = await api.form('users', { user_id: 'seen', nickname: 'Seen', profile_file: picture() });
    expect(await sizeOf(body.profile_url)).toBe(PNG.byteLength);
    const form = new FormData();
    form.append('profile_file', picture(), 'other.png');
    const changed = (await api.call('users/seen', { method: 'PUT', body: form })).body;
    expect(changed.profile_url).not.toBe(body.profile_url);
    const rows = await api.running.app
      .get(Database)
      .manager.query(`SELECT keep_until IS NULL AS kept FROM files WHERE mime_type = 'image/png' ORDER BY created_at`);
    expect(rows).toEqual([{ kept: false }, { kept: true }]);
  });

  it('of channels are uploaded', async () => {
    const { body } = await api.form('group_channels', { user_ids: 'mia,leo', name: 'Seen', cover_file: picture() });
    expect(body).toMatchObject({ name: 'Seen', member_count: 2 });
    expect(await sizeOf(body.cover_url)).toBe(PNG.byteLength);
  });

  it('are pictures, and required unless there is an address', async () => {
    const user = { user_id: 'unseen', nickname: 'Unseen' };
    const profile_file = new Blob(['no picture'], { type: 'text/plain' });
    expect((await api.form('users', { ...user, profile_file })).body).toEqual(error(400111, /JPEG or a PNG/));
    expect((await api.form('users', user)).body).toEqual(error(400105, /^profile_url must be required/));
    expect((await api.form('users', { ...user, profile_file: 'text' })).body).toEqual(error(400111, /^profile_file/));
    expect((await api.get('users/unseen')).body).toEqual(error(400201, /"User"/));
  });
});
