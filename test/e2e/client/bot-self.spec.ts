import { clientError, type ClientApis, startClientApis } from './client-caller.js';

describe('Bot API: profile and commands of the bot', () => {
  let apis: ClientApis;

  beforeAll(async () => {
    apis = await startClientApis();
  });
  afterAll(() => apis.close());

  describe('PUT /bot', () => {
    it('changes the given fields and keeps omitted or empty ones', async () => {
      const bot = await apis.createBot({ description: 'Old.', avatar: 'https://example.com/old.png' });
      const name = `New ${bot.name}`;
      expect(await bot.put('/bot', { name, avatar: '' })).toMatchObject({
        status: 200,
        body: { id: bot.id, name, description: 'Old.', avatar: 'https://example.com/old.png' },
      });
      const changes = { name: '', description: 'New.', avatar: 'http://example.com/new.png' };
      const { body } = await bot.put('/bot', changes);
      expect(body).toEqual({ id: bot.id, name, description: 'New.', avatar: 'http://example.com/new.png' });
      expect((await apis.anonymous.get(`/bot/${bot.id}`)).body).toEqual(body);
      expect((await bot.put('/bot', {})).body).toEqual(body);
    });

    it.each<[object, string]>([
      [{ name: 'a'.repeat(33) }, 'bot name should not be longer than 32 characters'],
      [{ name: 'a_b' }, 'bot name should contain upper/lower case English letters, spaces, dashes or numbers'],
      [{ description: 'é'.repeat(257) }, 'bot description should not be longer than 512 characters'],
      [{ avatar: '%zz' }, 'specified url is not valid'],
      [{ avatar: 'javascript:alert(1)' }, 'specified url is not valid'],
      [{ avatar: `https://example.com/${'a'.repeat(237)}` }, 'bot avatar url should not be longer than 256 characters'],
    ])('rejects %.60j', async (body, message) => {
      const bot = await apis.createBot();
      expect(await bot.put('/bot', body)).toMatchObject({ status: 400, body: clientError(message) });
      expect((await bot.get('/bot')).body).toEqual({ id: bot.id, name: bot.name });
    });

    it('rejects the name of another bot, also under concurrent requests', async () => {
      const bots = await Promise.all(Array.from({ length: 4 }, () => apis.createBot()));
      const taken = clientError('Bot with this name already exists.');
      expect(await bots[0].put('/bot', { name: bots[1].name })).toMatchObject({ status: 400, body: taken });
      expect((await bots[0].put('/bot', { name: bots[0].name })).status).toBe(200);
      const answers = await Promise.all(bots.map((bot) => bot.put('/bot', { name: 'Wanted by all' })));
      expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 400, 400, 400]);
    });
  });

  describe('commands', () => {
    const CHARACTERS = 'command alias should contain only lower case English letters, numbers, underscores and dashes';

    it('adds, lists, shows to people, changes and removes commands', async () => {
      const [alice, bot] = [await apis.signUp(), await apis.createBot()];
      expect(await bot.get('/bot/commands')).toMatchObject({ status: 200, body: [] });
      const commands = [{ alias: 'start', description: 'Begin.' }, { alias: 'help_me-2' }, { alias: 'start' }];
      const added = await bot.post('/bot/commands', commands);
      expect(added).toMatchObject({ status: 201, body: { message: 'Commands added.' } });
      const { body: listed } = await bot.get('/bot/commands');
      expect(listed).toEqual(commands.map((command) => ({ id: expect.stringMatching(/^[0-9a-z]{26}$/), ...command })));
      expect((await alice.get(`/bot/${bot.id}/commands`)).body).toEqual(listed);

      const path = `/bot/command/${listed[0].id}`;
      const changed = { ...listed[0], alias: 'begin' };
      expect(await bot.put(path, { alias: 'begin', description: '' })).toMatchObject({ status: 200, body: changed });
      expect((await bot.get('/bot/commands')).body).toEqual([changed, ...listed.slice(1)]);
      expect(await bot.put(path, { alias: 'Begin' })).toMatchObject({ status: 400, body: clientError(CHARACTERS) });
      expect(await (await apis.createBot()).put(path, { alias: 'mine' })).toMatchObject({
        status: 403,
        body: clientError("Can't change a command that belongs to another bot."),
      });

      const foreign = clientError("Can't delete a command that belongs to another bot.");
      expect(await (await apis.createBot()).delete(path)).toMatchObject({ status: 403, body: foreign });
      expect(await bot.delete(path)).toMatchObject({ status: 200, body: { message: 'Command removed.' } });
      const gone = { status: 404, body: clientError('Command not found.') };
      expect(await bot.delete(path)).toMatchObject(gone);
      expect(await bot.put(path, { alias: 'begin' })).toMatchObject(gone);
      expect(await bot.delete('/bot/command/nothing')).toMatchObject(gone);
      expect((await bot.get('/bot/commands')).body).toEqual(listed.slice(1));
    });

    it.each<[unknown, string]>([
      [{}, 'command alias must not be empty'],
      [{ alias: '' }, 'command alias must not be empty'],
      [{ alias: 'a'.repeat(33) }, 'command alias should not be longer than 32 characters'],
      [{ alias: 'Start' }, CHARACTERS],
      [{ alias: '/start' }, CHARACTERS],
      [{ alias: 'x', description: 'é'.repeat(65) }, 'command description should not be longer than 128 characters'],
      [{ alias: 5 }, 'command alias must be a string'],
      ['start', '[1] must be a JSON object'],
      [null, '[1] must be a JSON object'],
    ])('adds no command when one is %.40j', async (wrong, message) => {
      const bot = await apis.createBot();
      const answer = await bot.post('/bot/commands', [{ alias: 'good' }, wrong]);
      expect(answer).toMatchObject({ status: 400, body: clientError(message) });
      expect((await bot.get('/bot/commands')).body).toEqual([]);
    });

    it('requires an array of at most 100 commands', async () => {
      const bot = await apis.createBot();
      for (const body of [{ alias: 'x' }, 'alias=x', undefined]) {
        expect((await bot.post('/bot/commands', body)).status).toBe(400);
      }
      const many = Array.from({ length: 60 }, (_, i) => ({ alias: `c${i}` }));
      const answers = await Promise.all([many, many].map((commands) => bot.post('/bot/commands', commands)));
      expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 400]);
      expect((await bot.get('/bot/commands')).body).toHaveLength(60);
      const tooMany = Array.from({ length: 1001 }, () => ({ alias: 'x' }));
      expect(await bot.post('/bot/commands', tooMany)).toMatchObject({ body: { code: 'body_too_many_items' } });
      expect((await bot.post('/bot/commands', [])).status).toBe(201);
    });
  });

  it('lists the chats of a user with the bot', async () => {
    const [alice, bot, other] = [await apis.signUp(), await apis.createBot(), await apis.createBot()];
    const chats = [
      (await alice.post('/chat', { botId: bot.id })).body,
      (await alice.post('/chat', { botId: bot.id })).body,
    ];
    await alice.post('/chat', { botId: other.id });
    expect(await bot.get(`/chats?user_id=${alice.id}`)).toMatchObject({ status: 200, body: chats });
    expect((await bot.get('/chats?user_id=missing')).body).toEqual([]);
    for (const path of ['/chats', '/chats?user_id=']) {
      expect(await bot.get(path)).toMatchObject({ status: 400, body: clientError('User ID is required.') });
    }
  });
});
