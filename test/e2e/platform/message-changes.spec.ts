import { type PlatformCaller, error, newBot, newUser, startPlatform } from './platform-caller.js';

let api: PlatformCaller;

beforeAll(async () => {
  api = await startPlatform();
  for (const id of ['mia', 'leo']) await api.post('users', newUser(id));
  await api.post('bots', newBot('helper'));
});

afterAll(() => api.close());

let count = 0;
async function aChannel(): Promise<string> {
  const channel_url = `channel_${++count}`;
  await api.post('group_channels', { channel_url, user_ids: ['mia', 'leo', 'helper'] });
  return `group_channels/${channel_url}/messages`;
}
const say = async (path: string, message = 'Hi', fields: object = {}) =>
  (await api.post(path, { message_type: 'MESG', user_id: 'mia', message, ...fields })).body;

describe('a message', () => {
  it('is returned by id', async () => {
    const path = await aChannel();
    const message = await say(path);
    expect((await api.get(`${path}/${message.message_id}`)).body).toEqual(message);
  });

  it.each(['0', '-1', '1e3', '0x10', '1.5', 'NaN', '9007199254740993', '9'.repeat(400), '1;DROP TABLE', 'x'])(
    'is not found at %s',
    async (id) => {
      const path = await aChannel();
      for (const answer of [
        await api.get(`${path}/${id}`),
        await api.put(`${path}/${id}`, { message: 'x' }),
        await api.delete(`${path}/${id}`),
      ])
        expect([answer.status, answer.body]).toEqual([400, error(400201, '"Message" not found.')]);
    },
  );

  it('is not found in another channel', async () => {
    const { message_id } = await say(await aChannel());
    expect((await api.get(`${await aChannel()}/${message_id}`)).body).toEqual(error(400201, '"Message" not found.'));
    expect((await api.get(`group_channels/nowhere/messages/${message_id}`)).body.code).toBe(400201);
  });

  it('is updated in the given fields', async () => {
    const path = await aChannel();
    const { message_id, ...before } = await say(path, 'Hi', { data: 'd', mentioned_user_ids: ['leo'] });
    const { body } = await api.put(`${path}/${message_id}`, { message_type: 'MESG', message: 'Bye', custom_type: 't' });
    expect(body).toEqual({ ...before, message_id, message: 'Bye', custom_type: 't', updated_at: expect.any(Number) });
    expect(body.updated_at).toBeGreaterThan(before.created_at);
    expect((await api.get(`${path}/${message_id}`)).body).toEqual(body);
    expect((await api.put(`${path}/${message_id}`, { mentioned_user_ids: [] })).body.mentioned_users).toEqual([]);
    expect((await api.put(`${path}/${message_id}`, { message: 'x'.repeat(10_001) })).body).toEqual(
      error(400110, /^message .* 10000 characters/),
    );
    expect((await api.put(`${path}/${message_id}`, { message: ' ' })).body.code).toBe(400111);
  });

  it('accepts a multipart form without files', async () => {
    const path = await aChannel();
    const { message_id } = await say(path);
    const update = (fields: Record<string, string | Blob>) => {
      const body = new FormData();
      for (const [name, value] of Object.entries(fields)) body.append(name, value);
      return api.call(`${path}/${message_id}`, { method: 'PUT', body });
    };
    const { status, body } = await update({ message_type: 'MESG', message: 'Form', mentioned_user_ids: 'leo' });
    expect([status, body.message, body.mentioned_users.length]).toEqual([200, 'Form', 1]);
    expect((await update({ message_type: 'MESG', file: new Blob(['x']) })).body).toEqual(
      error(400111, 'This operation accepts no files. Send text fields only.'),
    );
    const many = Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`field${i}`, '']));
    expect((await update(many)).body).toEqual(error(400203, /50 fields/));
  });

  it('is deleted with its content', async () => {
    const path = await aChannel();
    const [{ message_id }, kept] = [await say(path, 'Secret', { data: 'secret' }), await say(path, 'Kept')];
    expect((await api.delete(`${path}/${message_id}`)).body).toEqual({});
    expect((await api.delete(`${path}/${message_id}`)).body).toEqual(error(400201, '"Message" not found.'));
    expect((await api.get(`${path}?message_ts=0`)).body.messages).toEqual([kept]);
    const { messages } = (await api.get(`${path}?message_ts=0&including_removed=true`)).body;
    expect(messages[0]).toMatchObject({ message_id, is_removed: true, message: '', data: '' });
    expect((await api.get(`${path}/total_count`)).body).toEqual({ total: 1 });
  });

  it('that was deleted keeps its position in the list', async () => {
    const path = await aChannel();
    const [before, { message_id }, after] = [
      await say(path, 'Before'),
      await say(path, 'Gone'),
      await say(path, 'After'),
    ];
    await api.delete(`${path}/${message_id}`);
    const { body } = await api.get(`${path}?message_id=${message_id}`);
    expect(body.messages).toEqual([before, after]);
    expect((await api.get(`${path}?message_id=${message_id + 1000}`)).body).toEqual(error(400201, /"Message"/));
  });

  it('is deleted once by concurrent requests', async () => {
    const path = await aChannel();
    const { message_id } = await say(path);
    const answers = await Promise.all([1, 2].map(() => api.delete(`${path}/${message_id}`)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400]);
    expect((await api.get(`${path}/total_count`)).body).toEqual({ total: 0 });
  });
});

describe('read receipts', () => {
  const unread = async (path: string) =>
    (await api.get(`${path}/unread_count?user_ids=mia,leo,helper,missing`)).body.unread;

  it('count unread messages per member', async () => {
    const path = await aChannel();
    await say(path, 'One');
    const second = await say(path, 'Two', { user_id: 'leo' });
    expect(await unread(path)).toEqual({ mia: 1, leo: 0, helper: 2, missing: 0 });
    const until = { user_id: 'helper', timestamp: second.created_at - 1 };
    expect((await api.put(`${path}/mark_as_read`, until)).body).toEqual({});
    expect(await unread(path)).toMatchObject({ helper: 1 });
    await api.put(`${path}/mark_as_read`, { user_id: 'helper' });
    await api.put(`${path}/mark_as_read`, until);
    expect(await unread(path)).toMatchObject({ helper: 0 });
    expect((await api.get(`${path}/total_count`)).body).toEqual({ total: 2 });
  });

  it('count mentions and only messages since the member joined', async () => {
    const path = await aChannel();
    const channel = path.replace('/messages', '');
    await say(path, 'You', { mentioned_user_ids: ['leo'] });
    await say(path, 'All', { mention_type: 'channel' });
    await say(path, 'None');
    await api.post('users', newUser(`late_${count}`));
    await api.post(`${channel}/invite`, { user_ids: [`late_${count}`] });
    expect((await api.get(`${channel}?user_id=leo`)).body).toMatchObject({
      unread_message_count: 3,
      unread_mention_count: 2,
    });
    expect((await api.get(`${channel}?user_id=late_${count}`)).body.unread_message_count).toBe(0);
  });

  it('imply delivery', async () => {
    const path = await aChannel();
    expect((await api.put(`${path}/mark_as_delivered`, { user_id: 'leo' })).body).toEqual({});
    const { body } = await api.get(
      `${path.replace('/messages', '')}?show_delivery_receipt=true&show_read_receipt=true`,
    );
    expect([body.delivery_receipt.leo > 0, body.read_receipt.leo]).toEqual([true, 0]);
  });

  it('apply to all channels of a user', async () => {
    const path = await aChannel();
    await say(path);
    const total = async () => (await api.get('users/leo/unread_message_count')).body.unread_count;
    expect(await total()).toBeGreaterThan(0);
    expect((await api.put('users/leo/mark_as_read_all', { channel_urls: ['nowhere'] })).body).toEqual({});
    expect(await total()).toBeGreaterThan(0);
    expect((await api.put('users/leo/mark_as_read_all')).body).toEqual({});
    expect(await total()).toBe(0);
    expect((await api.get('users/leo/unread_message_count?custom_types=food')).body.unread_count).toBe(0);
  });

  it('restart when the history is reset', async () => {
    const path = await aChannel();
    await say(path);
    const { body } = await api.put(`${path.replace('/messages', '')}/reset_user_history`, { user_id: 'leo' });
    expect(String(body.ts_message_offset)).toHaveLength(13);
    expect(await unread(path)).toMatchObject({ leo: 0 });
    expect((await api.get(`${path.replace('/messages', '')}?user_id=leo`)).body.ts_message_offset).toBe(
      body.ts_message_offset,
    );
  });

  it('require membership', async () => {
    const path = await aChannel();
    await api.post('users', newUser(`outsider_${count}`));
    for (const what of ['mark_as_read', 'mark_as_delivered']) {
      expect((await api.put(`${path}/${what}`, { user_id: `outsider_${count}` })).body.code).toBe(400108);
      expect((await api.put(`${path}/${what}`, { user_id: 'missing' })).body).toEqual(
        error(400201, '"User" not found.'),
      );
      expect((await api.put(`${path}/${what}`, {})).body).toEqual(error(400105, 'user_id must be required.'));
    }
    expect((await api.get(`${path}/unread_count`)).body).toEqual(error(400105, 'user_ids must be required.'));
    expect((await api.get('group_channels/nowhere/messages/total_count')).body.code).toBe(400201);
  });
});
