import { crc32 } from 'node:zlib';
import { Database } from '../../../src/core/database/database.js';
import { GroupsService } from '../../../src/modules/chats/index.js';
import { type ApiResponse, type PlatformCaller, error, newBot, newUser, startPlatform } from './platform-caller.js';

let api: PlatformCaller;

beforeAll(async () => {
  api = await startPlatform();
  for (const id of ['mia', 'leo', 'ann', 'gone', 'busy']) await api.post('users', newUser(id));
  await api.post('bots', newBot('echo'));
  await api.post('group_channels', { channel_url: 'lunch', user_ids: ['mia', 'leo', 'echo', 'gone'] });
  await api.post('group_channels', { channel_url: 'open', user_ids: ['mia'], is_public: true });
  await api.put('users/gone', { is_active: false, leave_all_when_deactivated: false });
});

afterAll(() => api.close());

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

/** PNG signature and the chunk with the dimensions. */
const PNG_HEAD_BYTES = 33;

const text = (user_id: string, message = 'Hi', fields: object = {}) =>
  api.post('group_channels/lunch/messages', { message_type: 'MESG', user_id, message, ...fields });
const raw = (path: string, init: RequestInit) =>
  api.call(path, { method: 'POST', ...init, headers: { 'content-type': 'application/json', ...init.headers } });
const many = (count: number): string[] => Array.from({ length: count }, (_, i) => `user_${i}`);

/**
 * Codes of the contract that this server never returns:
 *
 * - 400107, 400114, 400305: older names of 400113, 400201 and 400110
 * - 400109: page tokens do not expire
 * - 400112: no request has two values that must differ
 * - 400301 to 400304, 400307, 400500, 400501: login to the provider's own client protocol, which is not implemented
 * - 400700 to 400702, 400750, 400751: blocking and banning are not implemented
 * - 400930: there are no two endpoints for the same thing, of which one would be wrong
 * - 403100: the application cannot be switched off
 * - 500601, 500602: there are no push notifications
 *
 * 500901 is caused in the tests of `PlatformErrorFilter`, 500910 in those of the rate limit.
 */
describe('error codes', () => {
  it.each<[number, RegExp, () => Promise<ApiResponse>]>([
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
    [400201, /"User" not found/, () => text('missing')],
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
    [400404, /No operation at this URL/, () => api.get('robots')],
    [400920, /^access_code/, () => api.post('group_channels', { user_ids: ['mia'], access_code: 'x' })],
  ])('%i, %s', async (code, message, request) => {
    const { status, body } = await request();
    expect([status, body]).toEqual([400, error(code, message)]);
  });
});

describe('limits', () => {
  const x = (count: number): string => 'x'.repeat(count);
  const mias = (count: number): string[] => Array<string>(count).fill('mia');
  const bot = (fields: object) => api.put('bots/limits', fields);
  const ai = (fields: object) => bot({ ai: { backend: 'chatgpt', ...fields } });
  const user = (fields: object) => api.put('users/ann', fields);
  const channel = (fields: object) => api.put('group_channels/limits', fields);
  const botSays = (fields: object) => api.post('bots/limits/send', { channel_url: 'limits', message: 'Hi', ...fields });
  let message: string;
  const changed = (fields: object) => api.put(message, fields);
  /** An image of one pixel, padded to this size by a comment. */
  const image = (size: number) => {
    const remark = Buffer.alloc(size - PNG.byteLength - 8, 'tEXt');
    const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(remark.byteLength - 4);
    checksum.writeUInt32BE(crc32(remark));
    const parts = [PNG.subarray(0, PNG_HEAD_BYTES), length, remark, checksum, PNG.subarray(PNG_HEAD_BYTES)];
    return new Blob([Buffer.concat(parts)], { type: 'image/png' });
  };

  beforeAll(async () => {
    await api.post('bots', newBot('limits'));
    await api.post('group_channels', { channel_url: 'limits', user_ids: ['mia', 'limits'] });
    message = `group_channels/limits/messages/${(await botSays({})).body.message_id}`;
  });

  it.each<[string, number, number, number, (value: number) => Promise<ApiResponse>]>([
    ['bot_nickname, updated', 80, 81, 400110, (n) => bot({ bot_nickname: x(n) })],
    ['bot_profile_url, updated', 2048, 2049, 400110, (n) => bot({ bot_profile_url: x(n) })],
    [
      'bot_callback_url, updated',
      1024,
      1025,
      400110,
      (n) => bot({ bot_callback_url: `https://b.example/${x(n - 18)}` }),
    ],
    ['channel_invitation_preference, updated', 1, 2, 400111, (n) => bot({ channel_invitation_preference: n })],
    ['channel_invitation_preference, updated, from', 0, -1, 400111, (n) => bot({ channel_invitation_preference: n })],
    ['ai.system_message', 65_536, 65_537, 400110, (n) => ai({ system_message: x(n) })],
    ['ai.temperature, updated', 2, 2.01, 400113, (n) => ai({ temperature: n })],
    ['ai.temperature, updated, from', 0, -0.01, 400113, (n) => ai({ temperature: n })],
    ['ai.max_tokens, updated', 2048, 2049, 400113, (n) => ai({ max_tokens: n })],
    ['ai.max_tokens, updated, from', 1, 0, 400113, (n) => ai({ max_tokens: n })],
    ['ai.top_p, updated', 1, 1.01, 400113, (n) => ai({ top_p: n })],
    ['ai.top_p, updated, from', 0, -0.01, 400113, (n) => ai({ top_p: n })],
    ['ai.presence_penalty, updated', 2, 2.01, 400113, (n) => ai({ presence_penalty: n })],
    ['ai.presence_penalty, updated, from', -2, -2.01, 400113, (n) => ai({ presence_penalty: n })],
    ['ai.frequency_penalty, updated', 2, 2.01, 400113, (n) => ai({ frequency_penalty: n })],
    ['ai.frequency_penalty, updated, from', -2, -2.01, 400113, (n) => ai({ frequency_penalty: n })],
    ["a bot's message", 10_000, 10_001, 400110, (n) => botSays({ message: x(n) })],
    ["custom_type of a bot's message", 128, 129, 400110, (n) => botSays({ custom_type: x(n) })],
    ["data of a bot's message", 65_536, 65_537, 400110, (n) => botSays({ data: x(n) })],
    ["mentioned_user_ids of a bot's message", 10, 11, 400203, (n) => botSays({ mentioned_user_ids: mias(n) })],
    ['message, changed', 10_000, 10_001, 400110, (n) => changed({ message: x(n) })],
    ['custom_type, changed', 128, 129, 400110, (n) => changed({ custom_type: x(n) })],
    ['data, changed', 65_536, 65_537, 400110, (n) => changed({ data: x(n) })],
    ['mentioned_user_ids, changed', 10, 11, 400203, (n) => changed({ mentioned_user_ids: mias(n) })],
    ['nickname, updated', 80, 81, 400110, (n) => user({ nickname: x(n) })],
    ['profile_url, updated', 2048, 2049, 400110, (n) => user({ profile_url: x(n) })],
    [
      'profile_file',
      5_242_880,
      5_242_881,
      400110,
      (n) => api.form('users', { user_id: `size_${n}`, nickname: 'Size', profile_file: image(n) }),
    ],
    [
      'metadata of a new user',
      5,
      6,
      400111,
      (n) => {
        const metadata = Object.fromEntries(many(n).map((key) => [key, '']));
        return api.post('users', newUser(`items_${n}`, { metadata }));
      },
    ],
    ['user_ids of the list of users', 250, 251, 400203, (n) => api.get(`users?user_ids=${many(n).join(',')}`)],
    ['name, updated', 191, 192, 400110, (n) => channel({ name: x(n) })],
    ['cover_url, updated', 2048, 2049, 400110, (n) => channel({ cover_url: x(n) })],
    ['custom_type of a channel, updated', 128, 129, 400110, (n) => channel({ custom_type: x(n) })],
    ['data of a channel, updated', 65_536, 65_537, 400110, (n) => channel({ data: x(n) })],
    ['operator_ids, updated', 100, 101, 400203, (n) => channel({ operator_ids: mias(n) })],
    [
      'operator_ids of a new channel',
      100,
      101,
      400203,
      (n) => api.post('group_channels', { user_ids: ['mia'], operator_ids: mias(n) }),
    ],
    ['channel_url, from', 4, 3, 400111, (n) => api.post('group_channels', { channel_url: x(n), user_ids: [] })],
    [
      'users of a new channel',
      100,
      101,
      400203,
      (n) => api.post('group_channels', { users: mias(n).map((user_id) => ({ user_id })) }),
    ],
    [
      'cover_file',
      5_242_880,
      5_242_881,
      400110,
      (n) => api.form('group_channels', { user_ids: 'mia', cover_file: image(n) }),
    ],
    ['limit of users', 100, 101, 400113, (n) => api.get(`users?limit=${n}`)],
    ['limit of channels', 100, 101, 400113, (n) => api.get(`group_channels?limit=${n}`)],
    ['limit of members', 100, 101, 400113, (n) => api.get(`group_channels/limits/members?limit=${n}`)],
    ["limit of a user's channels", 100, 101, 400113, (n) => api.get(`users/mia/my_group_channels?limit=${n}`)],
    ["limit of a bot's channels", 100, 101, 400113, (n) => api.get(`bots/echo/channels?limit=${n}`)],
    ['prev_limit, from', 0, -1, 400106, (n) => api.get(`group_channels/lunch/messages?message_ts=0&prev_limit=${n}`)],
  ])('of %s is %d, not %d', async (_, at, past, code, request) => {
    const { status, body } = await request(at);
    expect([status, body]).toEqual([200, expect.any(Object)]);
    expect((await request(past)).body.code).toBe(code);
  });

  it('accept up to 100 channel_urls for a bot', async () => {
    const join = async (count: number) =>
      (await api.post('bots/limits/channels', { channel_urls: Array(count).fill('nowhere') })).body.code;
    expect([await join(100), await join(101)]).toEqual([400201, 400203]);
  });
});

describe('a user', () => {
  /** Inserts memberships of a user directly in the database. */
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
  const full = error(400306, /"busy" is in 2000 group channels/);

  it('can be in at most 2000 group channels, unless it is a bot', async () => {
    await Promise.all([fill('busy', 1999), fill('limits', 2000)]);
    expect((await api.post('group_channels/lunch/invite', { user_ids: ['limits'] })).status).toBe(200);
    expect((await api.put('group_channels/open/join', { user_id: 'busy' })).status).toBe(200);
    expect((await api.put('group_channels/open/join', { user_id: 'busy' })).status).toBe(200);
    expect((await api.post('group_channels/lunch/invite', { user_ids: ['busy'] })).body).toEqual(full);
    expect((await api.post('group_channels', { user_ids: ['busy'] })).body).toEqual(full);
    expect((await api.get('group_channels/lunch/members/busy')).body.state).toBe('none');
  });

  it('cannot exceed the limit by concurrent joins or by creating a channel', async () => {
    await api.post('users', newUser('hasty'));
    await fill('hasty', 1998);
    const channelUrls = Array.from({ length: 6 }, (_, index) => `hasty_${index}`);
    for (const channel_url of channelUrls)
      await api.post('group_channels', { channel_url, user_ids: ['mia'], is_public: true });
    const joins = channelUrls.map((url) => api.put(`group_channels/${url}/join`, { user_id: 'hasty' }));
    expect((await Promise.all(joins)).map(({ status }) => status).sort()).toEqual([200, 200, 400, 400, 400, 400]);
    const opened = api.running.app
      .get(GroupsService)
      .create({ kind: 'user', id: 'hasty', scopes: [] }, { title: 'By another protocol', userIds: ['hasty'] });
    await expect(opened).rejects.toMatchObject({ code: 'chat.too_many_groups' });
  });

  it('gets a session token that is valid for the Client API until it expires', async () => {
    const { token, expires_at } = (await api.post('users/mia/token')).body;
    expect(expires_at).toBeGreaterThan(Date.now() + 6 * 86_400_000);
    const ask = (value: string) => fetch(`${api.url}/v1/client-api/user`, { headers: { cookie: `token=${value}` } });
    expect((await ask(token)).status).toBe(200);
    const short = (await api.post('users/mia/token', { expires_at: Date.now() + 1500 })).body;
    expect(short.expires_at).toBeLessThanOrEqual(Date.now() + 1500);
    expect((await ask(`${token}x`)).status).toBe(401);
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

  it('are filtered by sender type', async () => {
    const senders = async (filter: string) =>
      new Set(
        (await list(`include_reply_type=ALL&operator_filter=${filter}`)).map(
          ({ user }: { user: { user_id: string } }) => user.user_id,
        ),
      );
    expect(await senders('operator')).toEqual(new Set(['leo']));
    expect(await senders('nonoperator')).toEqual(new Set(['mia', 'echo']));
  });

  it('contain thread info, and replies contain their parent', async () => {
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

  it('are listed without replies by default', async () => {
    const texts = async (query: string) => (await list(query)).map(({ message }: { message: string }) => message);
    for (const query of ['', 'include_reply_type=NONE']) expect(await texts(query)).toEqual(['A question', 'I rule']);
    for (const type of ['ALL', 'ONLY_REPLY_TO_CHANNEL'])
      expect(await texts(`include_reply_type=${type}&include_poll_details=true`)).toHaveLength(4);
    expect((await api.get('group_channels/lunch/messages?message_ts=0&include_reply_type=SOME')).body).toEqual(
      error(400111, /^include_reply_type/),
    );
  });
});

describe('images', () => {
  const image = () => new Blob([PNG], { type: 'image/png' });
  const sizeOf = async (url: string) =>
    (await (await fetch(url.replace(/^https?:\/\/[^/]+/, api.url))).arrayBuffer()).byteLength;

  const replace = (path: string, field: string) => {
    const form = new FormData();
    form.append(field, image(), 'other.png');
    return api.call(path, { method: 'PUT', body: form });
  };
  /** Whether the file survives a cleaning. */
  const isKept = async (url: string): Promise<boolean> => {
    const [{ kept }] = await api.running.app
      .get(Database)
      .manager.query<{ kept: boolean }[]>('SELECT keep_until IS NULL AS kept FROM files WHERE path = $1', [
        new URL(url).pathname.slice(1),
      ]);
    return kept;
  };

  it('of users are kept until they are replaced or the user is deleted', async () => {
    const { body } = await api.form('users', { user_id: 'seen', nickname: 'Seen', profile_file: image() });
    expect(await sizeOf(body.profile_url)).toBe(PNG.byteLength);
    expect(await isKept(body.profile_url)).toBe(true);
    const changed = (await replace('users/seen', 'profile_file')).body;
    expect(changed.profile_url).not.toBe(body.profile_url);
    expect([await isKept(body.profile_url), await isKept(changed.profile_url)]).toEqual([false, true]);
    await api.put('users/seen', { nickname: 'Still seen' });
    expect(await isKept(changed.profile_url)).toBe(true);
    await api.delete('users/seen');
    expect(await isKept(changed.profile_url)).toBe(false);
  });

  it('of channels are kept until they are replaced or the channel is deleted', async () => {
    const fields = { channel_url: 'seen_too', user_ids: 'mia,leo', name: 'Seen', cover_file: image() };
    const { body } = await api.form('group_channels', fields);
    expect(body).toMatchObject({ name: 'Seen', member_count: 2 });
    expect(await sizeOf(body.cover_url)).toBe(PNG.byteLength);
    const { cover_url } = (await replace('group_channels/seen_too', 'cover_file')).body;
    expect([await isKept(body.cover_url), await isKept(cover_url)]).toEqual([false, true]);
    await api.delete('group_channels/seen_too');
    expect(await isKept(cover_url)).toBe(false);
  });

  it('are kept while any user or bot uses them', async () => {
    const { profile_url } = (await api.form('users', { user_id: 'first', nickname: 'First', profile_file: image() }))
      .body;
    await api.post('bots', newBot('likeness', { bot_profile_url: profile_url }));
    await api.put('users/first', { profile_url: 'https://images.example/first.png' });
    expect(await isKept(profile_url)).toBe(true);
    await api.put('bots/likeness', { bot_nickname: 'Likeness', bot_profile_url: '' });
    expect(await isKept(profile_url)).toBe(false);
    await api.put('bots/likeness', { bot_profile_url: profile_url });
    expect(await isKept(profile_url)).toBe(true);
    await api.delete('bots/likeness');
    expect(await isKept(profile_url)).toBe(false);
  });

  it('of failed requests are deleted', async () => {
    const count = async () =>
      (await api.running.app.get(Database).manager.query(`SELECT 1 FROM files WHERE keep_until IS NULL`)).length;
    const before = await count();
    const again = await api.form('users', { user_id: 'mia', nickname: 'Again', profile_file: image() });
    expect(again.body).toEqual(error(400202, /violates unique constraint/));
    expect((await replace('users/missing', 'profile_file')).body).toEqual(error(400201, '"User" not found.'));
    expect((await replace('group_channels/nowhere', 'cover_file')).body).toEqual(error(400201, '"Channel" not found.'));
    expect(await count()).toBe(before);
  });

  it('must be images, and are required without a URL', async () => {
    const user = { user_id: 'unseen', nickname: 'Unseen' };
    const profile_file = new Blob(['no image'], { type: 'text/plain' });
    expect((await api.form('users', { ...user, profile_file })).body).toEqual(error(400111, /JPEG or a PNG/));
    expect((await api.form('users', user)).body).toEqual(error(400105, /^profile_url must be required/));
    expect((await api.form('users', { ...user, profile_file: 'text' })).body).toEqual(error(400111, /^profile_file/));
    expect((await api.get('users/unseen')).body).toEqual(error(400201, /"User"/));
  });
});
