import { EventSource } from '../../support/event-source.js';
import { type PlatformCaller, error, newBot, newUser, startPlatform } from './platform-caller.js';

let api: PlatformCaller;

beforeAll(async () => {
  api = await startPlatform();
  for (const id of ['mia', 'leo', 'ann']) await api.post('users', newUser(id, { nickname: id.toUpperCase() }));
  await api.post('bots', newBot('helper'));
  const make = (channel_url: string, user_ids: string[], fields: object = {}) =>
    api.post('group_channels', { channel_url, user_ids, name: channel_url, ...fields });
  await make('alpha', ['mia', 'leo'], { custom_type: 'food' });
  await make('beta', ['mia'], { is_public: true, custom_type: 'fun' });
  await make('gamma', ['mia', 'leo', 'helper'], { is_super: true });
  await make('delta', ['leo', 'ann'], { is_distinct: true });
  await make('empty', ['mia']);
  for (const url of ['delta', 'beta', 'gamma', 'alpha'])
    await api.post(`group_channels/${url}/messages`, { message_type: 'ADMM', message: `In ${url}` });
  await api.put('group_channels/beta/freeze', { freeze: true });
  await api.post('group_channels/gamma/metadata', { metadata: { theme: 'dark' } });
});

afterAll(() => api.close());

const urlsOf = ({ channels }: { channels: { channel_url: string }[] }) =>
  channels.map(({ channel_url }) => channel_url);
const list = async (query = '') => urlsOf((await api.get(`group_channels?${query}`)).body);

describe('the list of group channels', () => {
  it('contains channels with messages, newest first, with the requested parts', async () => {
    const { body } = await api.get('group_channels');
    expect(urlsOf(body)).toEqual(['delta', 'gamma', 'beta', 'alpha']);
    expect(String(body.ts)).toHaveLength(13);
    expect(body.channels[1]).toMatchObject({ member_count: 3, has_bot: true, last_message: { message: 'In gamma' } });
    for (const field of ['members', 'read_receipt', 'delivery_receipt', 'metadata', 'channel', 'operators'])
      expect(body.channels[1]).not.toHaveProperty(field);
    const all = 'show_member=true&show_read_receipt=true&show_delivery_receipt=true&show_metadata=true';
    const [, gamma] = (await api.get(`group_channels?${all}`)).body.channels;
    expect(gamma).toMatchObject({
      read_receipt: { mia: 0 },
      delivery_receipt: { mia: 0 },
      metadata: { theme: 'dark' },
    });
    expect(gamma.members).toHaveLength(3);
    const [old] = (await api.get('group_channels?member=true&read_receipt=true')).body.channels;
    expect(Object.keys(old)).toEqual(expect.arrayContaining(['members', 'read_receipt']));
  });

  it.each([
    ['show_empty=true', ['empty', 'delta', 'gamma', 'beta', 'alpha']],
    ['order=latest_last_message', ['alpha', 'gamma', 'beta', 'delta']],
    ['order=channel_name_alphabetical', ['alpha', 'beta', 'delta', 'gamma']],
    ['distinct_mode=distinct', ['delta']],
    ['public_mode=public', ['beta']],
    ['super_mode=super', ['gamma']],
    ['super_mode=nonsuper', ['delta', 'beta', 'alpha']],
    ['show_frozen=false', ['delta', 'gamma', 'alpha']],
    ['custom_types=food,fun', ['beta', 'alpha']],
    ['custom_type_startswith=fo', ['alpha']],
    ['channel_urls=alpha,delta', ['delta', 'alpha']],
    ['name=beta', ['beta']],
    ['name_contains=LT', ['delta']],
    ['name_startswith=al', ['alpha']],
    ['members_exactly_in=mia,leo', ['alpha']],
    ['members_include_in=mia,leo', ['gamma', 'alpha']],
    ['members_include_in=ann,helper&query_type=OR', ['delta', 'gamma']],
    ['members_nickname=ANN', ['delta']],
    ['members_nickname_contains=n', ['delta']],
    ['metadata_key=theme', ['gamma']],
    ['metadata_key=theme&metadata_values=light', []],
    ['metadata_key=theme&metadata_value_startswith=da', ['gamma']],
    ['created_after=4000000000', []],
    ['created_before=4000000000', ['delta', 'gamma', 'beta', 'alpha']],
    ['name_contains=%25', []],
  ])('applies ?%s', async (query, expected) => {
    expect(await list(query)).toEqual(expected);
  });

  it.each(['chronological', 'latest_last_message', 'channel_name_alphabetical'])(
    'has pages in the order %s',
    async (order) => {
      const seen: string[] = [];
      let token = '';
      do {
        const { body } = await api.get(`group_channels?order=${order}&limit=1&token=${token}`);
        seen.push(...urlsOf(body));
        token = body.next;
      } while (token);
      expect(seen).toEqual(await list(`order=${order}`));
    },
  );

  it('returns the same channels in each order', async () => {
    const inOrder = async (order: string) =>
      (await api.get(`group_channels?order=${order}`)).body.channels.toSorted(
        (one: { name: string }, other: { name: string }) => (one.name < other.name ? -1 : 1),
      );
    const channels = await inOrder('chronological');
    for (const order of [
      'latest_last_message',
      'channel_name_alphabetical',
      'metadata_value_alphabetical&metadata_order_key=theme',
    ])
      expect(await inOrder(order)).toEqual(channels);
  });

  it('rejects a page token of another order', async () => {
    const { next } = (await api.get('group_channels?limit=1')).body;
    expect((await api.get(`group_channels?token=${next}&order=latest_last_message`)).body.code).toBe(400111);
  });

  it.each([
    ['limit=0', 400113],
    ['limit=101', 400113],
    ['limit=-1', 400106],
    ['limit=x', 400101],
    ['order=password', 400111],
    ['distinct_mode=some', 400111],
    ['show_empty=maybe', 400104],
    [`channel_urls=${Array(101).fill('x').join(',')}`, 400203],
  ])('rejects ?%s', async (query, code) => {
    expect((await api.get(`group_channels?${query}`)).body.code).toBe(code);
  });
});

describe('the group channels of a user', () => {
  const mine = async (query = '') => urlsOf((await api.get(`users/leo/my_group_channels?${query}`)).body);

  it('are returned with the view of the user', async () => {
    const { body } = await api.get('users/leo/my_group_channels');
    expect(urlsOf(body)).toEqual(['delta', 'gamma', 'alpha']);
    expect(body.channels[0]).toMatchObject({ member_state: 'joined', unread_message_count: 1, my_role: 'none' });
  });

  it('can be hidden and unhidden', async () => {
    await api.put('group_channels/delta/hide', { user_id: 'leo', allow_auto_unhide: false });
    expect(await mine()).toEqual(['gamma', 'alpha']);
    expect(await mine('hidden_mode=hidden_only')).toEqual(['delta']);
    expect(await mine('hidden_mode=all')).toHaveLength(3);
    expect((await api.get('group_channels/delta?user_id=leo')).body).toMatchObject({
      hidden_state: 'hidden_prevent_auto_unhide',
      is_hidden: true,
    });
    await api.delete('group_channels/delta/hide?user_id=leo');
    expect(await mine()).toHaveLength(3);
    expect((await api.put('group_channels/delta/hide', { user_id: 'mia' })).body.code).toBe(400108);
  });

  it('are unhidden by a new message if allowed', async () => {
    await api.post('group_channels', {
      channel_url: 'unhiding',
      user_ids: ['leo'],
      hidden_status: { leo: 'unhidden' },
    });
    const send = () => api.post('group_channels/unhiding/messages', { message_type: 'ADMM', message: 'Hi' });
    for (const [allow_auto_unhide, shown] of [
      [true, true],
      [false, false],
    ]) {
      await send();
      await api.put('group_channels/unhiding/hide', {
        user_id: 'leo',
        allow_auto_unhide,
        hide_previous_messages: true,
      });
      expect(await mine('channel_urls=unhiding')).toEqual([]);
      await send();
      expect(await mine('channel_urls=unhiding')).toEqual(shown ? ['unhiding'] : []);
      expect((await api.get('group_channels/unhiding?user_id=leo')).body.is_hidden).toBe(!shown);
    }
    await api.delete('group_channels/unhiding');
  });

  it('are filtered by unread messages and by a search', async () => {
    await api.put('group_channels/gamma/messages/mark_as_read', { user_id: 'leo' });
    expect(await mine('unread_filter=unread_message')).toEqual(['delta', 'alpha']);
    expect(await mine('search_query=lph')).toEqual(['alpha']);
    expect(await mine('search_query=ANN&search_fields=member_nickname')).toEqual(['delta']);
    expect(await mine('member_state_filter=invited_only')).toEqual([]);
  });
});

describe('a group channel', () => {
  it('is updated field by field', async () => {
    const fields = { name: 'Other', cover_url: 'c', custom_type: 't', data: 'd', is_public: true };
    await api.post('group_channels', { channel_url: 'change', user_ids: ['mia', 'leo'] });
    for (const [field, value] of Object.entries(fields))
      expect((await api.put('group_channels/change', { [field]: value })).body[field]).toBe(value);
    const { body } = await api.put('group_channels/change', { access_code: 'x', operator_ids: ['leo'] });
    expect(body).toMatchObject({ ...fields, is_access_code_required: true, operators: [{ user_id: 'leo' }] });
    expect((await api.put('group_channels/nowhere', {})).body).toEqual(error(400201, '"Channel" not found.'));
    expect((await api.put('group_channels/change', { name: 'x'.repeat(192) })).body).toEqual(
      error(400110, /^name .*191/),
    );
  });

  it('can be created again with the URL of a deleted channel', async () => {
    for (let i = 0; i < 2; i++) {
      await api.post('group_channels', { channel_url: 'again', user_ids: ['mia'] });
      await api.post('group_channels/again/messages', { message_type: 'MESG', user_id: 'mia', message: 'Hi' });
      expect((await api.delete('group_channels/again')).body).toEqual({});
      expect((await api.delete('group_channels/again')).body).toEqual(error(400201, '"Channel" not found.'));
    }
  });

  it('accepts only messages of operators while frozen', async () => {
    await api.post('group_channels', { channel_url: 'cold', user_ids: ['mia', 'helper'], operator_ids: ['helper'] });
    expect((await api.put('group_channels/cold/freeze', { freeze: true })).body.freeze).toBe(true);
    const send = () =>
      api.post('group_channels/cold/messages', { message_type: 'MESG', user_id: 'mia', message: 'Hi' });
    expect((await send()).body).toEqual(error(400108, /frozen/));
    expect((await api.post('bots/helper/send', { channel_url: 'cold', message: 'Hi' })).status).toBe(200);
    await api.put('group_channels/cold/freeze', { freeze: false });
    expect((await send()).status).toBe(200);
    expect((await api.put('group_channels/cold/freeze', {})).body).toEqual(error(400105, 'freeze must be required.'));
  });

  it('has metadata that can be added, updated and deleted', async () => {
    const path = 'group_channels/alpha/metadata';
    expect((await api.post(path, { metadata: { a: '1', b: '2' }, include_ts: true })).body).toMatchObject({
      metadata: { a: '1', b: '2' },
      ts: expect.any(Number),
    });
    expect((await api.post(path, { metadata: { a: '3' } })).body).toEqual(error(400202, /violates unique constraint/));
    expect((await api.put(path, { metadata: { a: '3' } })).body).toEqual({ a: '3' });
    expect((await api.put(path, { metadata: { c: '3' } })).body).toEqual(error(400201, '"Metadata" not found.'));
    expect((await api.put(path, { metadata: { c: '3' }, upsert: true })).body).toEqual({ c: '3' });
    expect((await api.put(`${path}/b`, { value: '9' })).body).toEqual({ b: '9' });
    expect((await api.get(path)).body).toEqual({ a: '3', b: '9', c: '3' });
    expect((await api.get(`${path}?keys=a,c`)).body).toEqual({ a: '3', c: '3' });
    expect((await api.get(`${path}/b`)).body).toEqual({ b: '9' });
    expect((await api.delete(`${path}/b`)).body).toEqual({});
    expect((await api.get(`${path}/b`)).body).toEqual(error(400201, '"Metadata" not found.'));
    expect((await api.delete(path)).body).toEqual({});
    expect((await api.get(path)).body).toEqual({});
    expect((await api.post(path, { metadata: { a: 1 } })).body).toEqual(error(400111, /^metadata/));
  });

  it('sends typing indicators to viewers', async () => {
    const { token } = (await api.post('users/mia/token')).body;
    const source = await EventSource.open(`${api.url}/v1/client-api/events`, { cookie: `token=${token}` });
    for (const [method, type] of [
      ['POST', 'typing'],
      ['DELETE', 'typing.stopped'],
    ]) {
      const body = JSON.stringify({ user_ids: ['leo', 'helper'] });
      const headers = { 'content-type': 'application/json' };
      expect((await api.call('group_channels/gamma/typing', { method, body, headers })).body).toEqual({});
      for (const userId of ['leo', 'helper']) {
        const { data } = await source.next(type, (event) => event.data.userId === userId);
        expect(data).toEqual({ type, chatId: 'gamma', userId });
      }
    }
    source.close();
    expect((await api.post('group_channels/gamma/typing', { user_ids: ['ann'] })).body.code).toBe(400108);
    expect((await api.post('group_channels/nowhere/typing', { user_ids: [] })).body.code).toBe(400201);
  });
});
