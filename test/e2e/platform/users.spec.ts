import { type PlatformCaller, error, newBot, newUser, startPlatform } from './platform-caller.js';

let api: PlatformCaller;

beforeAll(async () => {
  api = await startPlatform();
});

afterAll(() => api.close());

describe('creation of a user', () => {
  it('returns the complete user', async () => {
    const { status, body } = await api.post('users', { user_id: 'mia', nickname: 'Mia', profile_url: '' });
    expect([status, body]).toEqual([
      200,
      {
        user_id: 'mia',
        nickname: 'Mia',
        profile_url: '',
        access_token: '',
        is_active: true,
        is_online: false,
        is_created: true,
        phone_number: '',
        last_seen_at: -1,
        discovery_keys: [],
        preferred_languages: [],
        has_ever_logged_in: false,
        require_auth_for_profile_image: false,
        session_tokens: [],
        metadata: {},
        created_at: expect.any(Number),
        is_hide_me_from_friends: false,
        is_shadow_blocked: false,
        locale: '',
      },
    ]);
    expect(String(body.created_at)).toHaveLength(10);
    expect((await api.get('users/mia')).body).toEqual(body);
  });

  it('stores metadata and discovery keys, and issues an access token', async () => {
    const extras = { metadata: { colour: 'red' }, discovery_keys: ['mia@example.org'] };
    const { body } = await api.post('users', newUser('rich', { ...extras, issue_access_token: true }));
    expect(body).toMatchObject(extras);
    expect(body.access_token).toMatch(/^[0-9a-f]{40}$/);
    expect((await api.get('users/rich')).body.access_token).toBe(body.access_token);
  });

  it('accepts a multipart form and rejects an invalid image', async () => {
    const fields = {
      user_id: 'formal',
      nickname: 'Formal',
      profile_url: '',
      issue_access_token: 'True',
      metadata: '{"a":"b"}',
    };
    const { status, body } = await api.form('users', fields);
    expect([status, body.metadata, body.access_token]).toEqual([200, { a: 'b' }, expect.stringMatching(/^\w{40}$/)]);
    const image = await api.form('users', { ...fields, user_id: 'with_image', profile_file: new Blob(['x']) });
    expect([image.status, image.body]).toEqual([400, error(400111, /must be a JPEG or a PNG/)]);
  });

  it.each([
    ['user_id', 80],
    ['nickname', 80],
    ['profile_url', 2048],
  ])('limits %s to %i characters', async (field, limit) => {
    expect((await api.post('users', newUser(`at_${field}`, { [field]: 'ü'.repeat(limit) }))).status).toBe(200);
    const { body } = await api.post('users', newUser(`past_${field}`, { [field]: 'ü'.repeat(limit + 1) }));
    expect(body).toEqual(error(400110, `${field} must be shorter than or equal to ${limit} characters.`));
  });

  it.each([
    [{ user_id: undefined }, 400105, 'user_id must be required.'],
    [{ nickname: undefined }, 400105, 'nickname must be required.'],
    [{ profile_url: undefined }, 400105, 'profile_url must be required.'],
    [{ user_id: 5 }, 400100, 'user_id must be a string.'],
    [{ user_id: 'tab\t' }, 400151, /^user_id/],
    [{ issue_access_token: 'yes' }, 400104, /^issue_access_token/],
    [{ discovery_keys: 'key' }, 400102, 'discovery_keys must be an array.'],
    [{ discovery_keys: [1] }, 400100, 'each value in discovery_keys must be a string.'],
    [{ metadata: 'red' }, 400103, 'metadata must be an object.'],
    [{ metadata: { a: 1 } }, 400111, /^metadata may have 5 items at most, all of them strings/],
    [{ metadata: { 'a,b': 'c' } }, 400111, /no comma/],
    [{ metadata: { a: '', b: '', c: '', d: '', e: '', f: '' } }, 400111, /5 items/],
  ])('rejects %j', async (fields, code, message) => {
    const { status, body } = await api.post('users', newUser('wrong', fields));
    expect([status, body]).toEqual([400, error(code, message)]);
  });

  it('rejects an id that is taken', async () => {
    await api.post('users', newUser('taken'));
    expect((await api.post('users', newUser('taken'))).body).toEqual(error(400202, /violates unique constraint/));
  });
});

describe('a request for a user', () => {
  it('returns not found for an unknown id', async () => {
    const { status, body } = await api.get('users/missing');
    expect([status, body]).toEqual([400, error(400201, '"User" not found.')]);
  });
});

describe('the list of users', () => {
  let own: PlatformCaller;

  beforeAll(async () => {
    own = await startPlatform();
    for (const id of ['anna', 'anton', 'berta']) await own.post('users', newUser(id, { metadata: { group: id[0] } }));
    await own.post('bots', newBot('robot'));
  });

  afterAll(() => own.close());

  it.each([
    ['', ['anna', 'anton', 'berta', 'robot']],
    ['show_bot=false', ['anna', 'anton', 'berta']],
    ['user_ids=berta,robot,missing', ['berta', 'robot']],
    ['nickname=anton', ['anton']],
    ['nickname_startswith=an', ['anna', 'anton']],
    ['nickname_startswith=%25', []],
    ['metadatakey=group', ['anna', 'anton', 'berta']],
    ['metadatakey=group&metadatavalues_in=b,c', ['berta']],
    ['active_mode=deactivated', []],
    ['active_mode=all', ['anna', 'anton', 'berta', 'robot']],
  ])('applies ?%s', async (query, expected) => {
    const { status, body } = await own.get(`users?${query}`);
    expect(status).toBe(200);
    expect(body).toEqual({ users: expect.any(Array), next: '' });
    expect(body.users.map(({ user_id }: { user_id: string }) => user_id)).toEqual(expected);
  });

  it('has pages', async () => {
    const { body } = await own.get('users?limit=3');
    const rest = await own.get(`users?limit=3&token=${body.next}`);
    expect([body.users.length, rest.body.users.length, rest.body.next]).toEqual([3, 1, '']);
  });

  it.each([
    ['active_mode=some', 400111],
    ['limit=101', 400113],
    [`user_ids=${Array(251).fill('x').join(',')}`, 400203],
  ])('rejects ?%s', async (query, code) => {
    expect((await own.get(`users?${query}`)).body.code).toBe(code);
  });
});
