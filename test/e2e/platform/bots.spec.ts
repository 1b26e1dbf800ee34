import { type PlatformCaller, error, newBot, newUser, startPlatform } from './platform-caller.js';

let api: PlatformCaller;

beforeAll(async () => {
  api = await startPlatform();
});

afterAll(() => api.close());

const without = (body: object, field: string) =>
  Object.fromEntries(Object.entries(body).filter(([name]) => name !== field));

describe('creating a bot', () => {
  it('returns the whole bot', async () => {
    const { status, body, headers } = await api.post('bots', {
      bot_type: 'marketer',
      bot_userid: 'dinner',
      bot_nickname: 'Dinner Helper',
      bot_profile_url: 'https://images.example/dinner.png',
      bot_callback_url: 'https://bots.example/dinner/',
      is_privacy_mode: false,
    });
    expect(status).toBe(200);
    expect(headers.get('content-type')).toMatch(/^application\/json/);
    expect(body).toEqual({
      bot: {
        bot_userid: 'dinner',
        bot_nickname: 'Dinner Helper',
        bot_profile_url: 'https://images.example/dinner.png',
        bot_type: 'marketer',
        bot_token: expect.stringMatching(/^[0-9a-f]{40}$/),
        bot_metadata: {},
        bot_require_auth_for_profile_image: false,
      },
      bot_callback_url: 'https://bots.example/dinner/',
      is_privacy_mode: false,
      enable_mark_as_read: true,
      show_member: false,
      channel_invitation_preference: 0,
      created_at: expect.any(Number),
    });
    expect(Math.abs(body.created_at - Date.now() / 1000)).toBeLessThan(60);
  });

  it('creates an AI bot with defaults and without a callback', async () => {
    const { status, body } = await api.post(
      'bots',
      without(newBot('ai_plain', { ai: { backend: 'chatgpt' } }), 'bot_callback_url'),
    );
    expect(status).toBe(200);
    expect(body.bot_callback_url).toBe('');
    expect(body.ai).toEqual({
      backend: 'chatgpt',
      system_message: 'You are a helpful assistant.',
      temperature: 1,
      max_tokens: 256,
      top_p: 1,
      presence_penalty: 0,
      frequency_penalty: 0,
    });
  });

  it('accepts the system message as a text or as lines', async () => {
    const text = await api.post('bots', newBot('ai_text', { ai: { backend: 'chatgpt', system_message: 'Be brief.' } }));
    const lines = await api.post(
      'bots',
      newBot('ai_lines', { ai: { backend: 'chatgpt', system_message: ['Be', 'brief.'] } }),
    );
    expect([text.body.ai.system_message, lines.body.ai.system_message]).toEqual(['Be brief.', 'Be\nbrief.']);
  });

  it.each([
    ['bot_userid', 80],
    ['bot_nickname', 80],
    ['bot_profile_url', 2048],
    ['bot_type', 128],
  ])('takes %s up to %i characters, however many bytes they have', async (field, limit) => {
    const id = `long_${field}`;
    const longest = '🤖'.repeat(limit);
    expect((await api.post('bots', newBot(id, { [field]: longest }))).status).toBe(200);
    const tooLong = await api.post('bots', newBot(`${id}_2`, { [field]: `${longest}x` }));
    expect(tooLong.status).toBe(400);
    expect(tooLong.body).toEqual(error(400110, `${field} must be shorter than or equal to ${limit} characters.`));
  });

  it('accepts a callback URL of up to 1024 characters', async () => {
    const start = 'https://bots.example/';
    const url = start + 'x'.repeat(1024 - start.length);
    expect((await api.post('bots', newBot('long_url', { bot_callback_url: url }))).body.bot_callback_url).toBe(url);
    const { body } = await api.post('bots', newBot('longer_url', { bot_callback_url: `${url}x` }));
    expect(body).toEqual(error(400110, 'bot_callback_url must be shorter than or equal to 1024 characters.'));
  });

  it('accepts empty texts where the contract allows them', async () => {
    const { status } = await api.post('bots', newBot('bare', { bot_callback_url: '' }));
    expect(status).toBe(200);
  });

  it.each(['bot_userid', 'bot_nickname', 'bot_profile_url', 'bot_type', 'bot_callback_url', 'is_privacy_mode'])(
    'asks for %s',
    async (field) => {
      const absent = await api.post('bots', without(newBot('incomplete'), field));
      expect([absent.status, absent.body]).toEqual([400, error(400105, `${field} must be required.`)]);
      const nulled = await api.post('bots', newBot('incomplete', { [field]: null }));
      expect(nulled.body).toEqual(absent.body);
    },
  );

  it.each([
    [{ bot_userid: 7 }, 400100, /^bot_userid must be a string/],
    [{ bot_userid: '' }, 400105, /^bot_userid/],
    [{ bot_userid: 'a\nb' }, 400151, /^bot_userid must not contain control characters/],
    [{ bot_nickname: 'evil\u202Eliame' }, 400151, /^bot_nickname/],
    [{ bot_nickname: ['a'] }, 400100, /^bot_nickname/],
    [{ is_privacy_mode: 'true' }, 400104, /^is_privacy_mode must be a boolean/],
    [{ enable_mark_as_read: 1 }, 400104, /^enable_mark_as_read/],
    [{ show_member: 'no' }, 400104, /^show_member/],
    [{ channel_invitation_preference: '0' }, 400101, /^channel_invitation_preference/],
    [
      { channel_invitation_preference: 2 },
      400111,
      /^channel_invitation_preference must be one of the following values: 0, 1/,
    ],
    [{ bot_callback_url: 'ftp://bots.example' }, 400111, /^bot_callback_url must be empty, or an http or https URL/],
    [{ bot_callback_url: 'bots.example' }, 400111, /^bot_callback_url/],
    [{ bot_callback_url: 'https://user:pw@bots.example' }, 400111, /^bot_callback_url/],
    [{ ai: 'chatgpt' }, 400103, /^ai must be an object/],
    [{ ai: [] }, 400103, /^ai must be an object/],
    [{ ai: {} }, 400105, /^ai\.backend must be required/],
    [{ ai: { backend: 'other' } }, 400111, /^ai\.backend must be one of the following values: chatgpt/],
    [{ ai: { backend: 'chatgpt', system_message: 5 } }, 400100, /^ai\.system_message must be a string/],
    [{ ai: { backend: 'chatgpt', temperature: 'hot' } }, 400101, /^ai\.temperature/],
    [{ ai: { backend: 'chatgpt', max_tokens: 1.5 } }, 400101, /^ai\.max_tokens/],
  ])('refuses %j', async (fields, code, message) => {
    const { status, body } = await api.post('bots', newBot('wrong', fields));
    expect([status, body]).toEqual([400, error(code, message)]);
  });

  it.each([
    ['temperature', 0, 2, 0.01],
    ['max_tokens', 1, 2048, 1],
    ['top_p', 0, 1, 0.01],
    ['presence_penalty', -2, 2, 0.01],
    ['frequency_penalty', -2, 2, 0.01],
  ])('takes ai.%s from %d to %d', async (field, min, max, step) => {
    const create = (value: number, id: string) =>
      api.post('bots', newBot(`${field}_${id}`, { ai: { backend: 'chatgpt', [field]: value } }));
    expect((await create(min, 'min')).body.ai[field]).toBe(min);
    expect((await create(max, 'max')).body.ai[field]).toBe(max);
    expect((await create(min - step, 'low')).body).toEqual(error(400113, `ai.${field} must not be less than ${min}.`));
    expect((await create(max + step, 'high')).body).toEqual(
      error(400113, `ai.${field} must not be greater than ${max}.`),
    );
  });

  it('rejects an id that a bot or a person has', async () => {
    await api.post('bots', newBot('twice'));
    await api.post('users', newUser('person'));
    expect((await api.post('bots', newBot('twice'))).body).toEqual(error(400202, /violates unique constraint.*twice/));
    expect((await api.post('bots', newBot('person'))).body).toEqual(error(400202, /violates unique constraint/));
  });

  it('accepts one of many concurrent requests with the same id', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => api.post('bots', newBot('raced'))));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array<number>(9).fill(400)]);
  });

  it('ignores unknown fields', async () => {
    const { status, body } = await api.post('bots', newBot('extra', { is_admin: true, bot_token: 'mine' }));
    expect([status, body.bot.bot_token === 'mine', body.is_admin]).toEqual([200, false, undefined]);
  });
});

describe('viewing a bot', () => {
  it('returns the created bot with its token', async () => {
    const { body: created } = await api.post(
      'bots',
      newBot('seen', { show_member: true, channel_invitation_preference: 1 }),
    );
    expect(await api.get('bots/seen')).toMatchObject({ status: 200, body: created });
  });

  it('decodes the id in the path once', async () => {
    const id = 'a/b c@d%2F';
    await api.post('bots', newBot(id));
    expect((await api.get(`bots/${encodeURIComponent(id)}`)).body.bot.bot_userid).toBe(id);
  });

  it('rejects the id of a person and an unknown id', async () => {
    await api.post('users', newUser('not_a_bot'));
    for (const id of ['missing', 'not_a_bot']) {
      const { status, body } = await api.get(`bots/${id}`);
      expect([status, body]).toEqual([400, error(400201, '"Bot" not found.')]);
    }
  });

  it('returns the bot as a user too', async () => {
    await api.post('bots', newBot('also_user'));
    expect((await api.get('users/also_user')).body).toMatchObject({ user_id: 'also_user', nickname: 'also_user' });
  });
});

describe('updating a bot', () => {
  const fields = {
    bot_nickname: 'New',
    bot_profile_url: 'https://images.example/new.png',
    bot_callback_url: 'http://bots.example/new',
    is_privacy_mode: true,
    enable_mark_as_read: false,
    show_member: true,
    channel_invitation_preference: 1,
  };

  it('changes the given fields and returns the whole bot', async () => {
    const { body: before } = await api.post('bots', newBot('changing'));
    const { status, body } = await api.put('bots/changing', fields);
    const { bot_nickname, bot_profile_url, ...rest } = fields;
    expect([status, body]).toEqual([
      200,
      { ...before, ...rest, bot: { ...before.bot, bot_nickname, bot_profile_url } },
    ]);
    expect((await api.get('bots/changing')).body).toEqual(body);
  });

  it.each(Object.entries(fields))('keeps all but %s', async (field, value) => {
    const id = `only_${field}`;
    const { body: before } = await api.post('bots', newBot(id));
    const { body } = await api.put(`bots/${id}`, { [field]: value });
    const inBot = field in before.bot;
    expect(body).toEqual(inBot ? { ...before, bot: { ...before.bot, [field]: value } } : { ...before, [field]: value });
  });

  it('changes nothing for an empty object, null, and fields that cannot be changed', async () => {
    const { body: before } = await api.post('bots', newBot('steady', { bot_type: 'first' }));
    for (const body of [
      {},
      { bot_nickname: null, ai: null },
      { bot_userid: 'other', bot_type: 'second', bot_token: 'x' },
    ]) {
      expect((await api.put('bots/steady', body)).body).toEqual(before);
    }
  });

  it('removes the callback with an empty URL, and adds it again', async () => {
    await api.post('bots', newBot('silent'));
    expect((await api.put('bots/silent', { bot_callback_url: '' })).body.bot_callback_url).toBe('');
    expect((await api.put('bots/silent', { bot_callback_url: 'https://b.example' })).body.bot_callback_url).toBe(
      'https://b.example',
    );
  });

  it('merges AI settings into the stored ones', async () => {
    await api.post('bots', newBot('ai_merge', { ai: { backend: 'chatgpt', system_message: 'One.', max_tokens: 100 } }));
    const { body } = await api.put('bots/ai_merge', { ai: { temperature: 0.5 } });
    expect(body.ai).toMatchObject({
      backend: 'chatgpt',
      system_message: 'One.',
      max_tokens: 100,
      temperature: 0.5,
      top_p: 1,
    });
  });

  it('turns a bot into an AI bot', async () => {
    await api.post('bots', newBot('ai_later'));
    expect((await api.put('bots/ai_later', { ai: { backend: 'chatgpt' } })).body.ai.max_tokens).toBe(256);
  });

  it.each([
    [{ bot_nickname: 'x'.repeat(81) }, 400110, 'bot_nickname must be shorter than or equal to 80 characters.'],
    [
      { bot_profile_url: 'x'.repeat(2049) },
      400110,
      'bot_profile_url must be shorter than or equal to 2048 characters.',
    ],
    [
      { bot_callback_url: `https://b/${'x'.repeat(1024)}` },
      400110,
      'bot_callback_url must be shorter than or equal to 1024 characters.',
    ],
    [{ ai: { max_tokens: 2049 } }, 400113, 'ai.max_tokens must not be greater than 2048.'],
    [{ is_privacy_mode: 0 }, 400104, 'is_privacy_mode must be a boolean value.'],
  ])('refuses a value beyond its limit', async (body, code, message) => {
    await api.post('bots', newBot('limited'));
    expect((await api.put('bots/limited', body)).body).toEqual(error(code, message));
  });

  it('requires a body', async () => {
    expect((await api.put('bots/limited')).body).toEqual(error(400402, /body/));
    expect((await api.put('bots/missing', {})).body).toEqual(error(400201, '"Bot" not found.'));
  });
});

it('applies concurrent changes of a bot one after the other', async () => {
  await api.post('bots', newBot('busy', { bot_callback_url: '' }));
  const change = (i: number) =>
    [{ bot_callback_url: `https://b.example/${i}` }, { bot_callback_url: '' }, { ai: { max_tokens: i + 1 } }][i % 3];
  const answers = await Promise.all(Array.from({ length: 12 }, (_, i) => api.put('bots/busy', change(i))));
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
});

describe('deleting a bot', () => {
  it('returns an empty object and deletes the bot with its user', async () => {
    await api.post('bots', newBot('doomed'));
    const answer = await api.delete('bots/doomed', { bot_userid: 'doomed' });
    expect([answer.status, answer.body]).toEqual([200, {}]);
    for (const path of ['bots/doomed', 'users/doomed']) expect((await api.get(path)).body.code).toBe(400201);
    expect((await api.delete('bots/doomed')).body).toEqual(error(400201, '"Bot" not found.'));
  });

  it('removes the bot from its channels and keeps its messages', async () => {
    await api.post('bots', newBot('leaver'));
    await api.post('users', newUser('stayer'));
    await api.post('group_channels', { channel_url: 'after_bot', user_ids: ['leaver', 'stayer'] });
    await api.post('bots/leaver/send', { channel_url: 'after_bot', message: 'I was here.' });
    await api.delete('bots/leaver');
    const channel = (await api.get('group_channels/after_bot?show_member=true')).body;
    expect(channel).toMatchObject({ member_count: 1, has_bot: false, members: [{ user_id: 'stayer' }] });
    expect(channel.last_message).toMatchObject({
      message: 'I was here.',
      user: { user_id: 'leaver', is_active: false },
    });
  });
});

describe('listing bots', () => {
  let own: PlatformCaller;

  beforeAll(async () => {
    own = await startPlatform();
    for (let i = 0; i < 12; i++) await own.post('bots', newBot(`bot_${i}`));
    await own.post('bots', newBot('clever', { ai: { backend: 'chatgpt' } }));
  });

  afterAll(() => own.close());

  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  const ids = (body: any): string[] => body.bots.map((bot: any) => bot.bot.bot_userid);

  it('returns pages of ten in the order of creation until next is empty', async () => {
    const first = await own.get('bots');
    expect(ids(first.body)).toEqual(Array.from({ length: 10 }, (_, i) => `bot_${i}`));
    expect(first.body.next).not.toBe('');
    const second = await own.get(`bots?token=${first.body.next}`);
    expect(second.body).toMatchObject({ next: '' });
    expect(ids(second.body)).toEqual(['bot_10', 'bot_11', 'clever']);
  });

  it('returns whole bots', async () => {
    const { body } = await own.get('bots?limit=1&token=');
    expect(body.bots).toEqual([(await own.get('bots/bot_0')).body]);
  });

  it('returns an empty next when the last page is full', async () => {
    expect((await own.get('bots?limit=13')).body.next).toBe('');
    expect((await own.get('bots?limit=12')).body.next).not.toBe('');
    expect((await own.get('bots?limit=100')).status).toBe(200);
  });

  it('skips no bot after a bot that was deleted meanwhile', async () => {
    const { body } = await own.get('bots?limit=3');
    await own.delete('bots/bot_2');
    expect(ids((await own.get(`bots?limit=2&token=${body.next}`)).body)).toEqual(['bot_3', 'bot_4']);
  });

  it('filters by is_ai', async () => {
    expect(ids((await own.get('bots?is_ai=true')).body)).toEqual(['clever']);
    expect(ids((await own.get('bots?is_ai=False&limit=100')).body)).not.toContain('clever');
  });

  it.each([
    ['limit=0', 400113, /^limit must not be less than 1/],
    ['limit=101', 400113, /^limit must not be greater than 100/],
    ['limit=-1', 400106, /^limit/],
    ['limit=abc', 400101, /^limit/],
    ['limit=1.5', 400101, /^limit/],
    ['limit=0x10', 400101, /^limit/],
    ['limit=10&limit=20', 400101, /^limit/],
    ['token=abc', 400111, /^token/],
    ['token=a&token=b', 400100, /^token/],
    ['is_ai=maybe', 400104, /^is_ai/],
  ])('refuses ?%s', async (query, code, message) => {
    const { status, body } = await own.get(`bots?${query}`);
    expect([status, body]).toEqual([400, error(code, message)]);
  });

  it('rejects a page token with a changed byte and one of another list', async () => {
    const { next } = (await own.get('bots?limit=1')).body;
    const changed = (next[0] === 'A' ? 'B' : 'A') + next.slice(1);
    expect((await own.get(`bots?token=${changed}`)).body.code).toBe(400111);
    expect((await own.get(`users?token=${next}`)).body.code).toBe(400111);
  });
});
