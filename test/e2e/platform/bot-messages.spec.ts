import { type PlatformCaller, error, newBot, newUser, startPlatform } from './platform-caller.js';

let api: PlatformCaller;

beforeAll(async () => {
  api = await startPlatform();
  await api.post('users', newUser('mia', { nickname: 'Mia', metadata: { colour: 'red' } }));
  await api.post('users', newUser('leo'));
  await api.post('users', newUser('eve'));
  await api.post('bots', newBot('helper'));
  await api.post('bots', newBot('unread', { enable_mark_as_read: false }));
  await api.post('bots', newBot('outsider'));
  await channel('lunch');
});

afterAll(() => api.close());

const channel = (channel_url: string) =>
  api.post('group_channels', { channel_url, user_ids: ['mia', 'leo', 'helper', 'unread'] });
const say = (message: string, fields: object = {}, url = 'lunch') =>
  api.post(`group_channels/${url}/messages`, { message_type: 'MESG', user_id: 'mia', message, ...fields });
const botSays = (message: string, fields: object = {}, bot = 'helper') =>
  api.post(`bots/${bot}/send`, { channel_url: 'lunch', message, ...fields });

describe('a bot sending a message', () => {
  it('returns the message as an object and field by field', async () => {
    const { status, body } = await botSays('At your service');
    expect(status).toBe(200);
    expect(body.message).toMatchObject({
      type: 'MESG',
      message: 'At your service',
      channel_url: 'lunch',
      user: { user_id: 'helper' },
    });
    expect(body).toEqual({ ...body.message, message: body.message });
    const { messages } = (
      await api.get(`group_channels/lunch/messages?message_id=${body.message_id}&prev_limit=0&next_limit=0`)
    ).body;
    expect(messages).toEqual([body.message]);
  });

  it('stores all fields of a JSON body', async () => {
    const { message_id } = (await say('Which?')).body;
    const { body } = await botSays('This', {
      custom_type: 'answer',
      data: 'more',
      message_type: 'MESG',
      send_push: true,
      mentioned: ['mia'],
      mentioned_user_ids: ['leo'],
      is_silent: true,
      target_message_id: message_id,
      extended_message_payload: { suggested_replies: ['Yes', 'No'], custom_view: { a: [1] } },
      sorted_metaarray: [{ key: 'k', value: ['v'] }],
      require_auth: false,
    });
    expect(body.message).toMatchObject({
      custom_type: 'answer',
      data: 'more',
      mentioned_users: [{ user_id: 'mia' }, { user_id: 'leo' }],
      silent: true,
      parent_message_id: message_id,
      extended_message_payload: { suggested_replies: ['Yes', 'No'], custom_view: { a: [1] } },
      sorted_metaarray: [{ key: 'k', value: ['v'] }],
    });
  });

  it('stores all fields of a multipart form', async () => {
    const { message_id } = (await say('Which?')).body;
    const { status, body } = await api.form('bots/helper/send', {
      channel_url: 'lunch',
      message: 'Grüße, "This"',
      message_type: 'MESG',
      custom_type: 'answer',
      send_push: 'True',
      is_silent: 'true',
      mark_as_read: 'False',
      mentioned: 'mia, leo',
      target_message_id: String(message_id),
      extended_message_payload: '{"suggested_replies":["Yes"]}',
      sorted_metaarray: '[{"key":"k","value":["v"]}]',
      created_at: '1700000000000',
      dedup_id: 'form-1',
    });
    expect(status).toBe(200);
    expect(body.message).toMatchObject({
      message: 'Grüße, "This"',
      custom_type: 'answer',
      silent: true,
      mentioned_users: [{ user_id: 'mia' }, { user_id: 'leo' }],
      parent_message_id: message_id,
      extended_message_payload: { suggested_replies: ['Yes'] },
      sorted_metaarray: [{ key: 'k', value: ['v'] }],
    });
  });

  it('accepts JSON parts of a form', async () => {
    const part = (name: string, type: string, text: string) =>
      `--b\r\ncontent-disposition: form-data; name="${name}"\r\ncontent-type: ${type}\r\n\r\n${text}\r\n`;
    const body = [
      part('channel_url', 'text/plain', 'lunch'),
      part('message', 'text/plain', 'Parts'),
      part('extended_message_payload', 'application/json; charset=utf-8', '{"custom_view":{"a":1}}'),
      '--b--\r\n',
    ];
    const headers = { 'content-type': 'multipart/form-data; boundary=b' };
    const answer = await api.call('bots/helper/send', { method: 'POST', headers, body: body.join('') });
    expect(answer.body.message.extended_message_payload).toEqual({ custom_view: { a: 1 } });
  });

  it('accepts stringified lists and empty fields in a form', async () => {
    const { status, body } = await api.form('bots/helper/send', {
      channel_url: 'lunch',
      message: 'Lossy',
      sorted_metaarray: '[object Object],[object Object]',
      mentioned: '',
      target_message_id: '',
      created_at: '',
    });
    expect([status, body.message?.sorted_metaarray]).toEqual([200, []]);
  });

  it('sends a message with a repeated dedup_id once', async () => {
    const [first, second] = await Promise.all([botSays('Once', { dedup_id: 'o' }), botSays('Once', { dedup_id: 'o' })]);
    expect(second.body.message_id).toBe(first.body.message_id);
  });

  it('marks it as read by the bot unless the bot or the message disables it', async () => {
    await channel('bot_receipts');
    const readBy = async (bot: string) => {
      const { body } = await api.get('group_channels/bot_receipts?show_read_receipt=true');
      return body.read_receipt[bot];
    };
    const url = { channel_url: 'bot_receipts' };
    await botSays('Not read', { ...url, mark_as_read: false });
    await botSays('Not read', url, 'unread');
    expect([await readBy('helper'), await readBy('unread')]).toEqual([0, 0]);
    const { created_at } = (await botSays('Read', url)).body;
    expect(await readBy('helper')).toBe(created_at);
  });

  it('accepts up to 100 mentioned users', async () => {
    expect((await botSays('At', { mentioned: Array(100).fill('mia') })).status).toBe(200);
    expect((await botSays('Past', { mentioned: Array(101).fill('mia') })).body).toEqual(error(400203, /^mentioned /));
  });

  it.each([
    [{ channel_url: undefined }, 400105, 'channel_url must be required.'],
    [{ message: undefined }, 400105, 'message must be required.'],
    [{ message: ' ' }, 400111, /^message/],
    [{ message: 'x'.repeat(10_001) }, 400110, /^message .* 10000 characters/],
    [{ custom_type: 'x'.repeat(129) }, 400110, /^custom_type .* 128 characters/],
    [{ message_type: 'FILE' }, 400105, 'file must be required.'],
    [{ channel_url: 'nowhere' }, 400201, '"Channel" not found.'],
    [{ mentioned: 5 }, 400102, 'mentioned must be an array.'],
    [{ target_message_id: 'x' }, 400101, /^target_message_id/],
    [{ target_message_id: 0 }, 400113, /^target_message_id/],
    [{ target_message_id: 2 ** 53 }, 400113, /^target_message_id/],
    [{ target_message_id: 123_456_789 }, 400201, '"Message" not found.'],
    [{ extended_message_payload: 'x' }, 400103, /^extended_message_payload/],
  ])('refuses %j', async (fields, code, message) => {
    const { status, body } = await botSays('Wrong', fields);
    expect([status, body]).toEqual([400, error(code, message)]);
  });

  it('rejects a parent message of another channel', async () => {
    await channel('elsewhere');
    const { message_id } = (await say('There', {}, 'elsewhere')).body;
    expect((await botSays('Here', { target_message_id: message_id })).body).toEqual(
      error(400201, '"Message" not found.'),
    );
  });

  it('requires a bot that is a member', async () => {
    for (const id of ['missing', 'mia'])
      expect((await botSays('Hi', {}, id)).body).toEqual(error(400201, '"Bot" not found.'));
    expect((await botSays('Hi', {}, 'outsider')).body).toEqual(error(400108, /"outsider" is not a member/));
  });

  it('rejects a form with a file, with invalid values or without an end', async () => {
    const fields = { channel_url: 'lunch', message: 'Form' };
    expect((await api.form('bots/helper/send', { ...fields, file: new Blob(['x']) })).body).toEqual(
      error(400111, /^message_type must be FILE/),
    );
    expect((await api.form('bots/helper/send', { ...fields, is_silent: 'maybe' })).body).toEqual(
      error(400104, /^is_silent/),
    );
    expect((await api.form('bots/helper/send', { ...fields, message: 'NUL \0' })).body).toEqual(
      error(400151, /"message"/),
    );
    expect((await api.form('bots/helper/send', { ...fields, extended_message_payload: '{' })).body.code).toBe(400103);
    const many = Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`field${i}`, '']));
    expect((await api.form('bots/helper/send', many)).body).toEqual(error(400203, /50 fields/));
    const headers = { 'content-type': 'multipart/form-data; boundary=x' };
    const cut = await api.call('bots/helper/send', {
      method: 'POST',
      headers,
      body: '--x\r\ncontent-disposition: form-data; name="a"\r\n\r\nb',
    });
    expect([cut.status, cut.body.code]).toEqual([400, 400403]);
    const unbounded = await api.call('bots/helper/send', {
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data' },
      body: 'x',
    });
    expect([unbounded.status, unbounded.body.code]).toEqual([400, 400403]);
  });
});
