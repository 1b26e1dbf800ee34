import { type PlatformCaller, error, newBot, newUser, startPlatform } from './platform-caller.js';

let api: PlatformCaller;

beforeAll(async () => {
  api = await startPlatform();
  await api.post('users', newUser('mia', { nickname: 'Mia', metadata: { colour: 'red' } }));
  await api.post('users', newUser('leo'));
  await api.post('users', newUser('outsider'));
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

const mia = {
  user_id: 'mia',
  nickname: 'Mia',
  profile_url: '',
  metadata: { colour: 'red' },
  is_active: true,
  require_auth_for_profile_image: false,
};

describe('sending a message', () => {
  it('returns the complete message', async () => {
    const { status, body } = await say('Hello');
    expect([status, body]).toEqual([
      200,
      {
        message_id: expect.any(Number),
        type: 'MESG',
        custom_type: '',
        channel_url: 'lunch',
        channel_type: 'group',
        user: { ...mia, role: '' },
        message: 'Hello',
        data: '',
        file: {},
        mention_type: 'users',
        mentioned_users: [],
        translations: {},
        sorted_metaarray: [],
        is_removed: false,
        is_op_msg: false,
        silent: false,
        message_survival_seconds: -1,
        message_retention_hour: -1,
        req_id: '',
        message_events: {
          send_push_notification: 'receivers',
          update_unread_count: true,
          update_mention_count: true,
          update_last_message: true,
        },
        created_at: expect.any(Number),
        updated_at: 0,
      },
    ]);
    expect(String(body.created_at)).toHaveLength(13);
  });

  it('stores all fields', async () => {
    const { body } = await say('All', {
      custom_type: 'order',
      data: '{"n":17}',
      mention_type: 'channel',
      mentioned_user_ids: ['leo', 'helper', 'leo'],
      is_silent: true,
      sorted_metaarray: [
        { key: 'b', value: ['2'] },
        { key: 'a', value: [] },
      ],
      send_push: false,
      created_at: 1_700_000_000_000,
      poll_id: 5,
    });
    expect(body).toMatchObject({
      custom_type: 'order',
      data: '{"n":17}',
      mention_type: 'channel',
      mentioned_users: [{ user_id: 'leo' }, { user_id: 'helper' }],
      silent: true,
      sorted_metaarray: [
        { key: 'b', value: ['2'] },
        { key: 'a', value: [] },
      ],
    });
    expect(body.created_at).toBeGreaterThan(1_700_000_000_000);
  });

  it('sends admin messages', async () => {
    const { status, body } = await api.post('group_channels/lunch/messages', {
      message_type: 'ADMM',
      message: 'Notice',
    });
    expect([status, body.type, body.message]).toEqual([200, 'ADMM', 'Notice']);
    expect(body).not.toHaveProperty('user');
  });

  it('sends messages of a bot', async () => {
    expect((await say('Beep', { user_id: 'helper' })).body.user.user_id).toBe('helper');
  });

  it('accepts a multipart form', async () => {
    const { status, body } = await api.form('group_channels/lunch/messages', {
      message_type: 'MESG',
      user_id: 'mia',
      message: 'Form',
      mentioned_user_ids: 'leo,helper',
      is_silent: 'True',
    });
    expect([status, body.message, body.silent, body.mentioned_users.length]).toEqual([200, 'Form', true, 2]);
  });

  it('assigns ascending ids and times', async () => {
    const answers = [];
    for (const text of ['1', '2', '3']) answers.push((await say(text)).body);
    for (const field of ['message_id', 'created_at']) {
      const values = answers.map((answer) => answer[field]);
      expect(values).toEqual([...new Set(values)].sort((a, b) => a - b));
    }
  });

  it('sends a message with a repeated dedup_id once, also concurrently', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => say('Once', { dedup_id: 'once' })));
    expect(new Set(answers.map(({ body }) => body.message_id)).size).toBe(1);
    expect((await say('Other', { dedup_id: 'once' })).body).toEqual(
      error(400202, /"dedup_id" violates unique constraint/),
    );
    expect((await say('Once', { dedup_id: 'once', user_id: 'leo' })).body.message_id).not.toBe(
      answers[0].body.message_id,
    );
    const notice = { message_type: 'ADMM', message: 'Once', dedup_id: 'once' };
    const notices = [
      await api.post('group_channels/lunch/messages', notice),
      await api.post('group_channels/lunch/messages', notice),
    ];
    expect(notices[0].body.message_id).not.toBe(answers[0].body.message_id);
    expect(notices[1].body.message_id).toBe(notices[0].body.message_id);
  });

  it('marks it as read by its sender unless disabled', async () => {
    await channel('receipts');
    const receipts = async () => (await api.get('group_channels/receipts?show_read_receipt=true')).body.read_receipt;
    await say('Unread', { mark_as_read: false }, 'receipts');
    expect((await receipts()).mia).toBe(0);
    const { created_at } = (await say('Read', {}, 'receipts')).body;
    expect((await receipts()).mia).toBe(created_at);
  });

  it('accepts up to 10000 characters of up to four bytes', async () => {
    expect((await say('🤖'.repeat(10_000))).status).toBe(200);
    expect((await say('x'.repeat(10_001))).body).toEqual(
      error(400110, 'message must be shorter than or equal to 10000 characters.'),
    );
  });

  it.each([
    ['custom_type', 128],
    ['data', 65_536],
    ['dedup_id', 255],
  ])('takes %s up to %i characters', async (field, limit) => {
    expect((await say('At', { [field]: 'x'.repeat(limit) })).status).toBe(200);
    const { body } = await say('Past', { [field]: 'x'.repeat(limit + 1) });
    expect(body).toEqual(error(400110, `${field} must be shorter than or equal to ${limit} characters.`));
  });

  it('accepts up to 10 mentioned users', async () => {
    expect((await say('At', { mentioned_user_ids: Array(10).fill('leo') })).body.mentioned_users).toHaveLength(1);
    expect((await say('Past', { mentioned_user_ids: Array(11).fill('leo') })).body).toEqual(
      error(400203, /^mentioned_user_ids .*10/),
    );
  });

  it.each([
    [{ message: undefined }, 400105, 'message must be required.'],
    [{ message: '' }, 400105, /^message/],
    [{ message: ' \n ' }, 400111, /^message must contain at least one visible character/],
    [{ message: '\u200b\u200f' }, 400111, /^message/],
    [{ message: 7 }, 400100, 'message must be a string.'],
    [{ message: 'NUL \u0000' }, 400151, /"message"/],
    [{ message: 'half \ud800' }, 400151, /"message"/],
    [{ message_type: undefined }, 400105, 'message_type must be required.'],
    [{ message_type: 'TEXT' }, 400111, /^message_type/],
    [{ message_type: 'FILE' }, 400105, 'file must be required.'],
    [{ user_id: undefined }, 400105, 'user_id must be required.'],
    [{ user_id: 'missing' }, 400201, '"User" not found.'],
    [{ user_id: 'outsider' }, 400108, 'Not authorized. "outsider" is not a member of the channel.'],
    [{ mention_type: 'all' }, 400111, /^mention_type/],
    [{ mentioned_user_ids: 'leo' }, 400102, 'mentioned_user_ids must be an array.'],
    [{ mark_as_read: 'false' }, 400104, /^mark_as_read/],
    [{ dedup_id: '' }, 400105, /^dedup_id/],
    [{ dedup_id: 'a\nb' }, 400151, /^dedup_id/],
    [{ sorted_metaarray: [[]] }, 400103, 'each value in sorted_metaarray must be an object.'],
    [{ sorted_metaarray: [{ key: 'a', value: 'b' }] }, 400102, 'sorted_metaarray[0].value must be an array.'],
    [{ sorted_metaarray: ['a'] }, 400103, /sorted_metaarray/],
  ])('refuses %j', async (fields, code, message) => {
    const { status, body } = await say('Wrong', fields);
    expect([status, body]).toEqual([400, error(code, message)]);
  });

  it('returns an error for an unknown channel', async () => {
    expect((await say('Hello', {}, 'nowhere')).body).toEqual(error(400201, '"Channel" not found.'));
  });
});

describe('listing messages', () => {
  const URL = 'group_channels/history/messages';
  const sent: { message_id: number; created_at: number }[] = [];

  const texts = async (query: string): Promise<string[]> => {
    const { status, body } = await api.get(`${URL}?${query}`);
    if (status !== 200) throw new Error(JSON.stringify(body));
    return body.messages.map(({ message }: { message: string }) => message);
  };
  const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => String(from + i));

  beforeAll(async () => {
    await channel('history');
    for (let i = 1; i <= 40; i++) {
      const fields = { user_id: i % 10 === 0 ? 'leo' : 'mia', custom_type: i % 8 === 0 ? 'eighth' : '' };
      sent.push((await say(String(i), fields, 'history')).body);
    }
  });

  it('lists around a time, 15 on each side', async () => {
    expect(await texts(`message_ts=${sent[19].created_at}`)).toEqual(numbers(5, 35));
  });

  it('lists around a message, with precedence over a time', async () => {
    expect(await texts(`message_id=${sent[19].message_id}&prev_limit=2&next_limit=1`)).toEqual(numbers(18, 21));
    expect(await texts(`message_id=${sent[19].message_id}&message_ts=0&prev_limit=0&next_limit=0`)).toEqual(['20']);
  });

  it('lists from the start with both at 0, as newer clients must send both', async () => {
    expect(await texts('message_ts=0&message_id=0')).toEqual(numbers(1, 15));
  });

  it('excludes the message itself and reverses the order', async () => {
    const { created_at } = sent[19];
    expect(await texts(`message_ts=${created_at}&include=false&prev_limit=1&next_limit=1`)).toEqual(['19', '21']);
    expect(await texts(`message_ts=${created_at}&reverse=True&prev_limit=1&next_limit=1`)).toEqual(['21', '20', '19']);
    expect(await texts(`message_ts=${created_at}&include=false&prev_limit=0&next_limit=0`)).toEqual([]);
    expect(await texts(`message_ts=${created_at + 1}&include=true&prev_limit=0&next_limit=0`)).toEqual([]);
  });

  it('lists up to 200 on each side', async () => {
    expect(await texts(`message_ts=${sent[19].created_at}&prev_limit=200&next_limit=200`)).toEqual(numbers(1, 40));
  });

  it.each([
    ['sender_id=leo', ['10', '20', '30', '40']],
    ['sender_ids=leo,missing', ['10', '20', '30', '40']],
    ['custom_types=eighth', ['8', '16', '24', '32', '40']],
    ['custom_types=,eighth', numbers(1, 40)],
    ['custom_types=*', numbers(1, 40)],
    ['custom_types=eighth&sender_id=leo', ['40']],
    ['message_type=ADMM', []],
    ['message_type=MESG', numbers(1, 40)],
    ['including_removed=true&operator_filter=all&with_sorted_meta_array=true', numbers(1, 40)],
  ])('filters with %s', async (query, expected) => {
    expect(await texts(`message_ts=0&next_limit=200&${query}`)).toEqual(expected);
  });

  it('returns messages in the form in which they were returned when sent', async () => {
    const { body } = await api.get(`${URL}?message_ts=0&prev_limit=0&next_limit=1`);
    expect(body).toEqual({ messages: [sent[0]] });
  });

  it('returns replies of bots with their parent message', async () => {
    const { message_id } = sent[0];
    const answer = await botSays('Reply', { channel_url: 'history', target_message_id: message_id });
    const query = `message_id=${answer.body.message_id}&prev_limit=0&next_limit=0`;
    expect((await api.get(`${URL}?${query}`)).body.messages).toEqual([]);
    const { body } = await api.get(`${URL}?${query}&include_reply_type=ALL`);
    expect(body.messages[0].parent_message_id).toBe(message_id);
  });

  it.each([
    ['', 400105, 'message_ts must be required.'],
    ['message_id=0', 400105, 'message_ts must be required.'],
    ['message_ts=abc', 400101, /^message_ts/],
    ['message_ts=-1', 400106, /^message_ts/],
    ['message_ts=9000000000000000', 400113, /^message_ts/],
    ['message_id=1e3', 400101, /^message_id/],
    ['message_id=9007199254740993', 400113, /^message_id/],
    [`message_id=${'9'.repeat(400)}`, 400101, /^message_id/],
    ['message_id=123456789', 400201, '"Message" not found.'],
    ['message_ts=0&prev_limit=201', 400113, /^prev_limit must not be greater than 200/],
    ['message_ts=0&next_limit=201', 400113, /^next_limit must not be greater than 200/],
    ['message_ts=0&next_limit=-1', 400106, /^next_limit/],
    ['message_ts=0&include=maybe', 400104, /^include/],
    ['message_ts=0&message_type=TEXT', 400111, /^message_type/],
    ['message_ts=0&operator_filter=boss', 400111, /^operator_filter/],
  ])('refuses ?%s', async (query, code, message) => {
    const { status, body } = await api.get(`${URL}?${query}`);
    expect([status, body]).toEqual([400, error(code, message)]);
  });

  it('returns an error for an unknown channel', async () => {
    expect((await api.get('group_channels/nowhere/messages?message_ts=0')).body).toEqual(
      error(400201, '"Channel" not found.'),
    );
  });
});
