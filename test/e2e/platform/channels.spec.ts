import { type PlatformCaller, error, newBot, newUser, startPlatform } from './platform-caller.js';

let api: PlatformCaller;

beforeAll(async () => {
  api = await startPlatform();
  await api.post('users', newUser('mia', { nickname: 'Mia' }));
  await api.post('users', newUser('leo'));
  await api.post('bots', newBot('helper'));
  await api.post('bots', newBot('shy', { channel_invitation_preference: 1 }));
  await api.post('bots', newBot('clever', { ai: { backend: 'chatgpt' } }));
});

afterAll(() => api.close());

describe('creation of a group channel', () => {
  it('returns the channel with its members', async () => {
    const { status, body } = await api.post('group_channels', {
      channel_url: 'lunch',
      name: 'Lunch',
      user_ids: ['mia', 'helper'],
      operator_ids: ['mia'],
    });
    expect(status).toBe(200);
    expect(body).toEqual({
      channel_url: 'lunch',
      name: 'Lunch',
      cover_url: '',
      custom_type: '',
      data: '',
      created_at: expect.any(Number),
      freeze: false,
      is_distinct: false,
      is_public: false,
      is_super: false,
      is_broadcast: false,
      is_exclusive: false,
      is_ephemeral: false,
      is_discoverable: false,
      is_access_code_required: false,
      ignore_profanity_filter: false,
      message_survival_seconds: -1,
      disappearing_message: { message_survival_seconds: -1, is_triggered_by_message_read: false },
      sms_fallback: { wait_seconds: -1, exclude_user_ids: [] },
      max_length_message: -1,
      member_count: 2,
      joined_member_count: 2,
      unread_message_count: 0,
      unread_mention_count: 0,
      has_bot: true,
      has_ai_bot: false,
      last_message: null,
      members: expect.any(Array),
      channel: {
        channel_url: 'lunch',
        name: 'Lunch',
        cover_url: '',
        custom_type: '',
        data: '',
        created_at: body.created_at,
        member_count: 2,
        max_length_message: -1,
      },
      operators: [expect.objectContaining({ user_id: 'mia' })],
    });
    expect(String(body.created_at)).toHaveLength(10);
    expect(body.members.find((member: { user_id: string }) => member.user_id === 'mia')).toEqual({
      user_id: 'mia',
      nickname: 'Mia',
      profile_url: '',
      is_active: true,
      is_online: false,
      last_seen_at: -1,
      metadata: {},
      role: 'operator',
      state: 'joined',
      is_muted: false,
      muted_end_at: -1,
      muted_description: '',
      require_auth_for_profile_image: false,
    });
  });

  it('uses defaults for absent fields', async () => {
    const { body } = await api.post('group_channels', { user_ids: ['mia'] });
    expect(body).toMatchObject({
      name: 'Group Channel',
      channel_url: expect.stringMatching(/^[\w-]{4,100}$/),
      member_count: 1,
    });
  });

  it('accepts user resources instead of ids', async () => {
    const { body: mia } = await api.get('users/mia');
    const { status, body } = await api.post('group_channels', { users: [mia, { user_id: 'leo' }] });
    expect([status, body.member_count]).toEqual([200, 2]);
  });

  it('accepts a multipart form and rejects an invalid cover image', async () => {
    const { status, body } = await api.form('group_channels', {
      user_ids: 'mia,leo',
      name: 'Formal',
      is_public: 'True',
    });
    expect([status, body.member_count, body.name, body.is_public]).toEqual([200, 2, 'Formal', true]);
    const cover = await api.form('group_channels', { user_ids: 'mia', cover_file: new Blob(['x']) });
    expect([cover.status, cover.body.code]).toEqual([400, 400111]);
  });

  it('stores all given fields and returns no access code', async () => {
    const fields = {
      cover_url: 'empty',
      custom_type: 'food',
      data: '{"a":1}',
      is_public: true,
      is_super: true,
      is_ephemeral: true,
    };
    const { body } = await api.post('group_channels', {
      ...fields,
      user_ids: ['mia'],
      access_code: 'sesame',
      inviter_id: 'leo',
    });
    expect(body).toMatchObject({ ...fields, is_access_code_required: true, created_by: { user_id: 'leo' } });
    expect(JSON.stringify(body)).not.toContain('sesame');
  });

  it('ignores unknown users, or rejects them with strict', async () => {
    const user_ids = ['mia', 'missing'];
    expect((await api.post('group_channels', { user_ids })).body.member_count).toBe(1);
    expect((await api.post('group_channels', { user_ids, strict: true })).body).toEqual(
      error(400111, /"missing" not found/),
    );
  });

  it('ignores a user that is deleted concurrently', async () => {
    for (let i = 0; i < 6; i++) {
      await api.post('users', newUser(`leaving_${i}`));
      const [{ status, body }] = await Promise.all([
        api.post('group_channels', { user_ids: ['mia', `leaving_${i}`] }),
        api.delete(`users/leaving_${i}`),
      ]);
      expect([status, body]).toEqual([200, expect.objectContaining({ channel_url: expect.any(String) })]);
      expect((await api.get(`group_channels/${body.channel_url}`)).body.member_count).toBe(1);
    }
  });

  it('ignores duplicate user ids', async () => {
    expect((await api.post('group_channels', { user_ids: ['mia', 'mia'] })).body.member_count).toBe(1);
  });

  it('invites bots that require consent and users with a requested invitation', async () => {
    const { body } = await api.post('group_channels', {
      user_ids: ['mia', 'leo', 'helper', 'shy'],
      invitation_status: { leo: 'invited_by_friend', mia: 'joined' },
    });
    const states = Object.fromEntries(
      body.members.map((m: { user_id: string; state: string }) => [m.user_id, m.state]),
    );
    expect(states).toEqual({ mia: 'joined', leo: 'invited', helper: 'joined', shy: 'invited' });
    expect(body).toMatchObject({ member_count: 4, joined_member_count: 2 });
  });

  it('reports whether a member is an AI bot', async () => {
    expect((await api.post('group_channels', { user_ids: ['mia', 'clever'] })).body).toMatchObject({
      has_bot: true,
      has_ai_bot: true,
    });
    expect((await api.post('group_channels', { user_ids: ['mia', 'leo'] })).body).toMatchObject({
      has_bot: false,
      has_ai_bot: false,
    });
  });

  it('returns an existing distinct channel, also for concurrent requests', async () => {
    const create = (user_ids: string[], fields = {}) =>
      api
        .post('group_channels', { user_ids, is_distinct: true, ...fields })
        .then(({ body }) => body.channel_url as string);
    const first = await create(['mia', 'leo']);
    expect(await create(['leo', 'mia'])).toBe(first);
    expect(await create(['leo', 'mia'], { custom_type: 'other' })).not.toBe(first);
    const raced = await Promise.all(Array.from({ length: 8 }, () => create(['mia', 'helper'])));
    expect(new Set(raced).size).toBe(1);
  });

  it('allows one distinct channel per members and custom type, also after updates', async () => {
    const make = async (fields: object) =>
      (await api.post('group_channels', { user_ids: ['helper', 'leo'], ...fields })).body.channel_url as string;
    const url = await make({ is_distinct: true });
    await api.put(`group_channels/${url}`, { custom_type: 'changed' });
    expect(await make({ is_distinct: true, custom_type: 'changed' })).toBe(url);
    const other = await make({ is_distinct: true });
    expect(other).not.toBe(url);
    const again = { custom_type: 'changed' };
    expect((await api.put(`group_channels/${other}`, again)).body).toEqual(error(400202, /distinct channel/));
    const ordinary = await make({ custom_type: 'third' });
    expect((await api.put(`group_channels/${ordinary}`, { is_distinct: true })).status).toBe(200);
    expect(await make({ is_distinct: true, custom_type: 'third' })).toBe(ordinary);
    await api.put(`group_channels/${ordinary}`, { is_distinct: false });
    expect(await make({ is_distinct: true, custom_type: 'third' })).not.toBe(ordinary);
    const large = await make({ is_super: true });
    expect((await api.put(`group_channels/${large}`, { is_distinct: true })).body).toEqual(error(400111, /is_super/));
  });

  it('allows an access code only for a public channel', async () => {
    const { channel_url } = (await api.post('group_channels', { user_ids: ['mia'], is_public: true })).body;
    const change = async (fields: object) => (await api.put(`group_channels/${channel_url}`, fields)).body;
    expect(await change({ access_code: 'sesame' })).toMatchObject({ is_access_code_required: true });
    expect(await change({ is_public: false })).toMatchObject({ is_access_code_required: false });
    expect(await change({ access_code: 'sesame' })).toEqual(error(400920, /^access_code/));
    expect(await change({ is_public: true })).toMatchObject({ is_access_code_required: false });
  });

  it('rejects a channel URL that is taken', async () => {
    await api.post('group_channels', { channel_url: 'taken', user_ids: ['mia'] });
    const { status, body } = await api.post('group_channels', { channel_url: 'taken', user_ids: ['mia'] });
    expect([status, body]).toEqual([400, error(400202, /violates unique constraint/)]);
  });

  it.each([
    ['channel_url', 100],
    ['name', 191],
    ['cover_url', 2048],
    ['custom_type', 128],
    ['data', 65_536],
  ])('limits %s to %i characters', async (field, limit) => {
    const create = (length: number) => api.post('group_channels', { user_ids: ['mia'], [field]: 'c'.repeat(length) });
    expect((await create(limit)).body[field]).toHaveLength(limit);
    expect((await create(limit + 1)).body).toEqual(
      error(400110, `${field} must be shorter than or equal to ${limit} characters.`),
    );
  });

  it('limits users and operators to 100', async () => {
    const ids = Array.from({ length: 101 }, (_, i) => `user_${i}`);
    expect((await api.post('group_channels', { user_ids: ids.slice(1) })).status).toBe(200);
    expect((await api.post('group_channels', { user_ids: ids })).body).toEqual(error(400203, /^user_ids .*100/));
    const users = ids.map((user_id) => ({ user_id }));
    expect((await api.post('group_channels', { users })).body).toEqual(error(400203, /^users .*100/));
    expect((await api.post('group_channels', { user_ids: [], operator_ids: ids })).body).toEqual(
      error(400203, /^operator_ids/),
    );
  });

  it.each([
    [{ user_ids: undefined }, 400105, 'user_ids must be required.'],
    [{ user_ids: 'mia' }, 400102, 'user_ids must be an array.'],
    [{ user_ids: [1] }, 400100, /^each value in user_ids/],
    [{ user_ids: undefined, users: [{ id: 'mia' }] }, 400105, 'users[0].user_id must be required.'],
    [{ user_ids: undefined, users: ['mia'] }, 400103, 'each value in users must be an object.'],
    [{ user_ids: undefined, users: [[]] }, 400103, 'each value in users must be an object.'],
    [{ channel_url: 'abc' }, 400111, /^channel_url must be longer than or equal to 4 characters/],
    [{ channel_url: 'a b c' }, 400151, /^channel_url must contain only/],
    [{ name: 5 }, 400100, 'name must be a string.'],
    [{ is_public: 'true' }, 400104, /^is_public/],
    [{ is_distinct: true, is_super: true }, 400111, /^is_distinct and is_super/],
    [{ access_code: 'x' }, 400920, /^access_code/],
    [{ inviter_id: 'missing' }, 400201, '"User" not found.'],
    [{ invitation_status: { mia: 'maybe' } }, 400111, /^invitation_status/],
  ])('rejects %j', async (fields, code, message) => {
    const { status, body } = await api.post('group_channels', { user_ids: ['mia'], ...fields });
    expect([status, body]).toEqual([400, error(code, message)]);
  });
});

describe('a request for a group channel', () => {
  beforeAll(async () => {
    await api.post('group_channels', {
      channel_url: 'viewed',
      user_ids: ['mia', 'leo', 'helper', 'shy'],
      inviter_id: 'mia',
    });
    await api.post('group_channels/viewed/messages', { message_type: 'MESG', user_id: 'leo', message: 'One' });
    await api.post('group_channels/viewed/messages', { message_type: 'MESG', user_id: 'leo', message: 'Two' });
  });

  it('returns no optional parts by default', async () => {
    const { status, body } = await api.get('group_channels/viewed');
    expect(status).toBe(200);
    expect(body).toMatchObject({ channel_url: 'viewed', member_count: 4, joined_member_count: 3 });
    expect(body.last_message).toMatchObject({ message: 'Two', user: { user_id: 'leo' } });
    for (const field of ['members', 'read_receipt', 'delivery_receipt', 'member_state'])
      expect(body).not.toHaveProperty(field);
  });

  it('returns members and receipts on request', async () => {
    const { body } = await api.get(
      'group_channels/viewed?show_member=true&show_read_receipt=True&show_delivery_receipt=1',
    );
    const { created_at } = body.last_message;
    expect(body.read_receipt).toEqual({ mia: 0, leo: created_at, helper: 0 });
    expect(Object.keys(body.delivery_receipt)).toHaveLength(3);
    expect(body.members).toHaveLength(4);
    expect(body.members[0]).toMatchObject({ read_ts: expect.any(Number), delivered_ts: expect.any(Number) });
  });

  it('returns the view of one user', async () => {
    const { body } = await api.get('group_channels/viewed?user_id=mia');
    expect(body).toMatchObject({
      member_state: 'joined',
      my_role: 'none',
      joined_ts: body.created_at,
      hidden_state: 'unhidden',
      unread_message_count: 2,
      user_last_read: 0,
      inviter: { user_id: 'mia' },
    });
    expect((await api.get('group_channels/viewed?user_id=leo')).body.unread_message_count).toBe(0);
    expect((await api.get('group_channels/viewed?user_id=shy')).body).toMatchObject({
      member_state: 'invited',
      joined_ts: 0,
    });
    expect((await api.get('group_channels/viewed?user_id=clever')).body).toMatchObject({ member_state: 'none' });
    expect((await api.get('group_channels/viewed?user_id=missing')).body).toEqual(error(400201, '"User" not found.'));
  });

  it('filters the members', async () => {
    const { body } = await api.get('group_channels/viewed?show_member=true&member_active_mode=deactivated');
    expect([body.members, body.member_count]).toEqual([[], 4]);
  });

  it('returns not found for an unknown channel', async () => {
    const { status, body } = await api.get('group_channels/nowhere');
    expect([status, body]).toEqual([400, error(400201, '"Channel" not found.')]);
  });

  it.each(['show_member=yes', 'member_active_mode=some'])('rejects ?%s', async (query) => {
    expect((await api.get(`group_channels/viewed?${query}`)).status).toBe(400);
  });
});

describe('group channels', () => {
  it('are listed in pages by a metadata value', async () => {
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

  it('are hidden, unhidden and reset for all members', async () => {
    await api.post('group_channels', { channel_url: 'hidden', user_ids: ['mia', 'leo'] });
    await api.put('group_channels/hidden/hide', { should_hide_all: true });
    expect((await api.get('group_channels/hidden?user_id=leo')).body.is_hidden).toBe(true);
    const { ts_message_offset } = (await api.put('group_channels/hidden/reset_user_history', { reset_all: true })).body;
    expect((await api.get('group_channels/hidden?user_id=leo')).body.ts_message_offset).toBe(ts_message_offset);
    await api.delete('group_channels/hidden/hide?should_unhide_all=true');
    for (const user_id of ['mia', 'leo'])
      expect((await api.get(`group_channels/hidden?user_id=${user_id}`)).body.is_hidden).toBe(false);
  });
});
