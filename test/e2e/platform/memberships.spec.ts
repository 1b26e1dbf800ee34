import { type PlatformCaller, error, newBot, newUser, startPlatform } from './platform-caller.js';

let api: PlatformCaller;
let count = 0;

beforeAll(async () => {
  api = await startPlatform();
  for (const id of ['mia', 'leo', 'ann']) await api.post('users', newUser(id));
  await api.post('users', newUser('choosy'));
  await api.put('users/choosy/channel_invitation_preference', { auto_accept: false });
  await api.post('bots', newBot('helper'));
  await api.post('bots', newBot('second'));
  await api.post('bots', newBot('shy', { channel_invitation_preference: 1 }));
});

afterAll(() => api.close());

/** Creates a channel. @returns its URL */
async function createChannel(user_ids: string[], fields: object = {}): Promise<string> {
  const channel_url = `channel_${++count}`;
  expect((await api.post('group_channels', { channel_url, user_ids, ...fields })).status).toBe(200);
  return channel_url;
}

const stateOf = async (url: string, user: string) =>
  (await api.get(`group_channels/${url}/members/${user}`)).body.state;
const invite = (url: string, user_ids: string[], fields: object = {}) =>
  api.post(`group_channels/${url}/invite`, { user_ids, ...fields });
const act = (url: string, action: string, user_id: string, fields: object = {}) =>
  api.put(`group_channels/${url}/${action}`, { user_id, ...fields });
const send = (url: string, user_id: string) =>
  api.post(`group_channels/${url}/messages`, { message_type: 'MESG', user_id, message: 'Hi' });

describe('an invitation request', () => {
  it('adds users that accept automatically, and invites the others', async () => {
    const url = await createChannel(['mia']);
    const { status, body } = await invite(url, ['leo', 'choosy', 'helper', 'shy'], { inviter_id: 'mia' });
    expect(status).toBe(200);
    expect(body).toMatchObject({ member_count: 5, joined_member_count: 3, has_bot: true, inviter: { user_id: 'mia' } });
    expect(String(body.invited_at)).toHaveLength(13);
    const states = await Promise.all(['leo', 'choosy', 'helper', 'shy'].map((user) => stateOf(url, user)));
    expect(states).toEqual(['joined', 'invited', 'joined', 'invited']);
    expect((await api.get(`group_channels/${url}?user_id=choosy`)).body).toMatchObject({
      member_state: 'invited',
      inviter: { user_id: 'mia' },
    });
  });

  it('accepts user resources and requested states', async () => {
    const url = await createChannel(['mia']);
    const users = [{ user_id: 'leo' }, { user_id: 'ann' }];
    await api.post(`group_channels/${url}/invite`, { users, invitation_status: { ann: 'invited_by_friend' } });
    expect([await stateOf(url, 'leo'), await stateOf(url, 'ann')]).toEqual(['joined', 'invited']);
  });

  it('hides the channel from the given users', async () => {
    const url = await createChannel(['mia']);
    await invite(url, ['leo'], { hidden_status: { leo: 'hidden_prevent_auto_unhide' } });
    expect((await api.get(`group_channels/${url}?user_id=leo`)).body.hidden_state).toBe('hidden_prevent_auto_unhide');
    expect((await invite(url, ['leo'], { hidden_status: { leo: 'no' } })).body).toEqual(
      error(400111, /^hidden_status/),
    );
  });

  it('changes nothing for present members', async () => {
    const url = await createChannel(['mia', 'shy'], { operator_ids: ['mia'] });
    const { body } = await invite(url, ['mia', 'shy', 'shy']);
    expect(body).toMatchObject({ member_count: 2, joined_member_count: 1, operators: [{ user_id: 'mia' }] });
  });

  it('makes a distinct channel non-distinct', async () => {
    const url = await createChannel(['mia', 'leo'], { is_distinct: true });
    expect((await invite(url, ['ann'])).body.is_distinct).toBe(false);
    expect(await createChannel(['mia', 'leo'], { is_distinct: true })).not.toBe(url);
  });

  it('limits users to 100 per request and members to 100 unless the channel is super', async () => {
    const ids = Array.from({ length: 101 }, (_, i) => `crowd_${i}`);
    for (const id of ids.slice(0, 100)) await api.post('users', newUser(id));
    const url = await createChannel([]);
    expect((await invite(url, ids)).body).toEqual(error(400203, /^user_ids .*100/));
    expect((await invite(url, ids.slice(0, 100))).body.member_count).toBe(100);
    expect((await invite(url, ['mia'])).body).toEqual(error(400203, /100 members/));
    const large = await createChannel([], { is_super: true });
    await invite(large, ids.slice(0, 100));
    expect((await invite(large, ['mia'])).body.member_count).toBe(101);
  });

  it.each([
    [{ user_ids: undefined }, 400105, 'user_ids must be required.'],
    [{ user_ids: ['missing'] }, 400201, '"User" not found.'],
    [{ inviter_id: 'missing' }, 400201, '"User" not found.'],
    [{ user_ids: 'mia' }, 400102, /^user_ids/],
    [{ invitation_status: { mia: 'maybe' } }, 400111, /^invitation_status/],
  ])('rejects %j', async (fields, code, message) => {
    const url = await createChannel(['mia']);
    const { status, body } = await invite(url, ['leo'], fields);
    expect([status, body]).toEqual([400, error(code, message)]);
  });

  it('returns not found for an unknown channel', async () => {
    expect((await invite('nowhere', ['mia'])).body).toEqual(error(400201, '"Channel" not found.'));
  });
});

describe('an invitation', () => {
  it.each(['shy', 'choosy'])('is accepted by %s', async (user) => {
    const url = await createChannel(['mia', user]);
    expect((await send(url, user)).body.code).toBe(400108);
    const { status, body } = await act(url, 'accept', user);
    expect([status, body.joined_member_count]).toEqual([200, 2]);
    expect((await act(url, 'accept', user)).status).toBe(200);
    expect((await send(url, user)).status).toBe(200);
  });

  it('can be declined and repeated', async () => {
    const url = await createChannel(['mia', 'shy']);
    const { status, body } = await act(url, 'decline', 'shy');
    expect([status, body, await stateOf(url, 'shy')]).toEqual([200, {}, 'none']);
    expect((await act(url, 'decline', 'shy')).body).toEqual(error(400108, /not invited/));
    await invite(url, ['shy']);
    expect(await stateOf(url, 'shy')).toBe('invited');
  });

  it('is required to accept or decline', async () => {
    const url = await createChannel(['mia']);
    expect((await act(url, 'accept', 'leo')).body).toEqual(error(400108, /not invited/));
    expect((await act(url, 'decline', 'mia')).body).toEqual(error(400108, /not invited/));
    expect((await act(url, 'accept', 'missing')).body).toEqual(error(400201, '"User" not found.'));
    expect((await api.put(`group_channels/${url}/accept`, {})).body).toEqual(
      error(400105, 'user_id must be required.'),
    );
  });
});

describe('joining', () => {
  it('is allowed in public channels and idempotent', async () => {
    const url = await createChannel(['mia'], { is_public: true });
    for (let i = 0; i < 2; i++) expect((await act(url, 'join', 'leo')).body.member_count).toBe(2);
    expect((await act(url, 'join', 'missing')).body).toEqual(error(400201, '"User" not found.'));
  });

  it('requires the access code of the channel', async () => {
    const url = await createChannel(['mia'], { is_public: true, access_code: 'sesame' });
    expect((await act(url, 'join', 'leo')).body).toEqual(error(400108, /access_code/));
    expect((await act(url, 'join', 'leo', { access_code: 'Sesame' })).body).toEqual(error(400108, /access_code/));
    expect((await act(url, 'join', 'leo', { access_code: 'sesame' })).status).toBe(200);
  });

  it('is rejected in private channels', async () => {
    expect((await act(await createChannel(['mia']), 'join', 'leo')).body).toEqual(error(400108, /public/));
  });
});

describe('leaving', () => {
  const leave = (url: string, fields: object) => api.put(`group_channels/${url}/leave`, fields);

  it('removes users and ignores non-members', async () => {
    const url = await createChannel(['mia', 'leo', 'ann', 'helper', 'shy']);
    const { status, body } = await leave(url, { user_ids: ['leo', 'shy', 'second'] });
    expect([status, body]).toEqual([200, {}]);
    await leave(url, { user_id: 'ann', reason: 'USER_LEFT_BY_OWN_CHOICE' });
    expect((await api.get(`group_channels/${url}`)).body.member_count).toBe(2);
    expect((await send(url, 'leo')).body).toEqual(error(400108, /"leo" is not a member/));
    await leave(url, { should_leave_all: true });
    expect((await api.get(`group_channels/${url}`)).body).toMatchObject({ member_count: 0, has_bot: false });
  });

  it('requires users and an existing channel', async () => {
    const url = await createChannel(['mia']);
    expect((await leave(url, {})).body).toEqual(error(400105, 'user_ids must be required.'));
    expect((await leave('nowhere', { user_ids: ['mia'] })).body.code).toBe(400201);
  });

  it('removes a user from all its channels, or from those of a custom type', async () => {
    await api.post('users', newUser('mover'));
    const [food, plain] = [await createChannel(['mover'], { custom_type: 'food' }), await createChannel(['mover'])];
    await api.put('users/mover/my_group_channels/leave', { custom_type: 'food' });
    expect([await stateOf(food, 'mover'), await stateOf(plain, 'mover')]).toEqual(['none', 'joined']);
    expect((await api.put('users/mover/my_group_channels/leave')).status).toBe(200);
    expect(await stateOf(plain, 'mover')).toBe('none');
  });

  it('removes deleted and deactivated users', async () => {
    for (const id of ['going', 'sleeping', 'staying']) await api.post('users', newUser(id));
    await api.post('bots', newBot('retired'));
    const url = await createChannel(['mia', 'going', 'sleeping', 'staying', 'retired']);
    await send(url, 'going');
    await api.delete('users/going');
    await api.delete('bots/retired');
    await api.put('users/sleeping', { is_active: false });
    await api.put('users/staying', { is_active: false, leave_all_when_deactivated: false });
    const { body } = await api.get(`group_channels/${url}?show_member=true`);
    expect(body.members.map(({ user_id }: { user_id: string }) => user_id).sort()).toEqual(['mia', 'staying']);
    expect(body.last_message.user).toMatchObject({ user_id: 'going', is_active: false });
  });
});

describe('a bot', () => {
  const join = (bot: string, channel_urls: unknown) =>
    api.post(`bots/${bot}/channels`, { channel_urls, bot_userid: bot });

  it('joins channels without consent, and the response has both forms', async () => {
    const urls = [await createChannel(['mia']), await createChannel(['leo'])];
    const { status, body } = await join('shy', urls);
    expect(status).toBe(200);
    expect(body.channels.map(({ channel_url }: { channel_url: string }) => channel_url)).toEqual(urls);
    expect(body).toMatchObject({ channel_url: urls[0], has_bot: true, member_count: 2, joined_member_count: 2 });
    expect((await join('shy', urls)).body.member_count).toBe(2);
    expect((await api.post('bots/shy/send', { channel_url: urls[1], message: 'Here' })).status).toBe(200);
  });

  it('joins all channels or none', async () => {
    const url = await createChannel(['mia']);
    expect((await join('helper', [url, 'nowhere'])).body).toEqual(error(400201, '"Channel" not found.'));
    expect(await stateOf(url, 'helper')).toBe('none');
  });

  it.each([
    [undefined, 400105, 'channel_urls must be required.'],
    ['x', 400102, /^channel_urls/],
    [[1], 400100, /channel_urls/],
    [Array(101).fill('x'), 400203, /^channel_urls .*100/],
  ])('rejects channel_urls %j', async (urls, code, message) => {
    expect((await join('helper', urls)).body).toEqual(error(code, message));
  });

  it('leaves one channel by path or query, or all', async () => {
    const urls = [await createChannel(['helper']), await createChannel(['helper']), await createChannel(['helper'])];
    const states = () => Promise.all(urls.map((url) => stateOf(url, 'helper')));
    expect((await api.delete(`bots/helper/channels/${urls[0]}`)).body).toEqual({});
    expect((await api.delete(`bots/helper/channels/${urls[0]}`)).body).toEqual({});
    expect(await states()).toEqual(['none', 'joined', 'joined']);
    expect((await api.delete(`bots/helper/channels?channel_url=${urls[1]}`)).body).toEqual({});
    expect(await states()).toEqual(['none', 'none', 'joined']);
    expect((await api.delete('bots/helper/channels')).body).toEqual({});
    expect(await states()).toEqual(['none', 'none', 'none']);
    expect((await api.delete('bots/helper/channels/nowhere')).body).toEqual(error(400201, '"Channel" not found.'));
    expect((await api.get('bots/helper/channels?show_empty=true')).body.channels).toEqual([]);
  });

  it('must exist and be a bot', async () => {
    for (const id of ['mia', 'missing']) {
      expect((await join(id, ['x'])).body).toEqual(error(400201, '"Bot" not found.'));
      expect((await api.delete(`bots/${id}/channels`)).body).toEqual(error(400201, '"Bot" not found.'));
      expect((await api.get(`bots/${id}/channels`)).body).toEqual(error(400201, '"Bot" not found.'));
    }
  });

  it('has its channels listed by the bot and the user operations', async () => {
    const url = await createChannel(['second', 'mia']);
    await send(url, 'mia');
    for (const path of ['bots/second/channels', 'users/second/my_group_channels']) {
      const { body } = await api.get(path);
      expect(body.channels).toMatchObject([{ channel_url: url, member_state: 'joined', unread_message_count: 1 }]);
    }
  });
});

describe('the members of a channel', () => {
  let url: string;
  beforeAll(async () => {
    await api.post('users', newUser('zed', { nickname: 'Zed' }));
    await api.post('users', newUser('amy', { nickname: 'Amy' }));
    await api.post('users', newUser('moe', { nickname: 'Moe' }));
    url = await createChannel(['zed', 'amy', 'moe', 'shy'], { operator_ids: ['moe'] });
  });

  const list = async (query: string) => {
    const { body } = await api.get(`group_channels/${url}/members?${query}`);
    return body.members.map(({ user_id }: { user_id: string }) => user_id);
  };

  it.each([
    ['', ['amy', 'moe', 'zed', 'shy']],
    ['order=operator_then_member_alphabetical', ['moe', 'amy', 'zed', 'shy']],
    ['operator_filter=operator', ['moe']],
    ['operator_filter=nonoperator', ['amy', 'zed', 'shy']],
    ['member_state_filter=invited_only', ['shy']],
    ['member_state_filter=joined_only', ['amy', 'moe', 'zed']],
    ['nickname_startswith=Z', ['zed']],
    ['muted_member_filter=muted', []],
    ['member_active_mode_filter=deactivated', []],
  ])('are listed by ?%s', async (query, expected) => {
    expect((await list(query)).sort()).toEqual([...expected].sort());
    if (query.startsWith('order')) expect((await list(query))[0]).toBe(expected[0]);
  });

  it('are listed in pages', async () => {
    const seen: string[] = [];
    let token = '';
    do {
      const { body } = await api.get(`group_channels/${url}/members?limit=1&token=${token}`);
      seen.push(...body.members.map(({ user_id }: { user_id: string }) => user_id));
      token = body.next;
    } while (token);
    expect(seen).toHaveLength(4);
    expect(new Set(seen).size).toBe(4);
  });

  it('are returned with receipts on request', async () => {
    const { body } = await api.get(`group_channels/${url}/members?show_read_receipt=true&show_delivery_receipt=true`);
    expect(body.members[0]).toMatchObject({ read_ts: 0, delivered_ts: 0 });
  });

  it('can be checked individually', async () => {
    const check = async (user: string) => (await api.get(`group_channels/${url}/members/${user}`)).body;
    expect(await check('zed')).toEqual({ is_member: true, state: 'joined' });
    expect(await check('shy')).toEqual({ is_member: false, state: 'invited' });
    expect(await check('missing')).toEqual({ is_member: false, state: 'none' });
    expect((await api.get('group_channels/nowhere/members/zed')).body).toEqual(error(400201, '"Channel" not found.'));
    expect((await api.get('group_channels/nowhere/members')).body).toEqual(error(400201, '"Channel" not found.'));
  });

  it('can become operators and lose the role', async () => {
    const operators = async () =>
      (await api.get(`group_channels/${url}/operators`)).body.operators.map((u: { user_id: string }) => u.user_id);
    expect((await api.post(`group_channels/${url}/operators`, { operator_ids: ['amy', 'zed'] })).body).toEqual({});
    expect(await operators()).toEqual(['amy', 'moe', 'zed']);
    expect((await api.delete(`group_channels/${url}/operators?operator_ids=amy,moe`)).body).toEqual({});
    expect(await operators()).toEqual(['zed']);
    expect((await api.delete(`group_channels/${url}/operators?delete_all=true`)).body).toEqual({});
    expect(await operators()).toEqual([]);
    expect((await api.delete(`group_channels/${url}/operators`)).body).toEqual(error(400105, /^operator_ids/));
    expect((await api.post(`group_channels/${url}/operators`, { operator_ids: ['leo'] })).body.code).toBe(400108);
  });
});

it('concurrent joins and leaves keep the member count correct', async () => {
  const url = await createChannel(['mia'], { is_public: true });
  await Promise.all(
    Array.from({ length: 12 }, (_, i) =>
      i % 2 ? act(url, 'join', 'leo') : api.put(`group_channels/${url}/leave`, { user_ids: ['leo'] }),
    ),
  );
  const { body } = await api.get(`group_channels/${url}?show_member=true`);
  expect(body.member_count).toBe(body.members.length);
});
