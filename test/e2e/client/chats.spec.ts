import { runSql } from '../../support/databases.js';
import { deletionRunner } from '../../support/deletions.js';
import { clientError, type ClientApis, startClientApis, type TestBot } from './client-caller.js';

describe('Client API: chats', () => {
  let apis: ClientApis;
  let bot: TestBot;

  beforeAll(async () => {
    apis = await startClientApis();
    bot = await apis.createBot();
  });
  afterAll(() => apis.close());

  it('creates a chat with a bot', async () => {
    const alice = await apis.signUp();
    const { status, body } = await alice.post('/chat', { botId: bot.id, userId: 'mallory' });
    expect(status).toBe(201);
    expect(body).toEqual({ id: expect.stringMatching(/^[0-9a-z]{26}$/), userId: alice.id, botId: bot.id });
  });

  it.each([{}, { botId: '' }, { botId: null }])('rejects a chat with %j', async (body) => {
    const alice = await apis.signUp();
    const error = clientError('bot id must not be empty', { field: 'botId' });
    expect(await alice.post('/chat', body)).toMatchObject({ status: 400, body: error });
  });

  it('rejects a chat with a user who is not a bot', async () => {
    const [alice, eve] = [await apis.signUp(), await apis.signUp()];
    for (const botId of ['missing', eve.id]) {
      expect(await alice.post('/chat', { botId })).toMatchObject({ status: 404, body: clientError('Bot not found.') });
    }
  });

  it('rejects a chat of a deleted user', async () => {
    const alice = await apis.signUp();
    await runSql(apis.settings.databaseUrl, `DELETE FROM users WHERE id = '${alice.id}'`);
    expect(await alice.post('/chat', { botId: bot.id })).toMatchObject({
      status: 404,
      body: clientError('User not found.'),
    });
  });

  it('lists the chats with one bot, oldest first', async () => {
    const [alice, other] = [await apis.signUp(), await apis.createBot()];
    expect(await alice.get(`/chats?bot_id=${bot.id}`)).toMatchObject({ status: 200, body: [] });
    const chats = [];
    for (let i = 0; i < 3; i++) chats.push((await alice.post('/chat', { botId: bot.id })).body);
    await alice.post('/chat', { botId: other.id });
    expect((await alice.get(`/chats?bot_id=${bot.id}`)).body).toEqual(chats);
    expect((await (await apis.signUp()).get(`/chats?bot_id=${bot.id}`)).body).toEqual([]);
  });

  it('lists no chats without a bot id', async () => {
    const alice = await apis.signUp();
    for (const path of ['/chats', '/chats?bot_id=']) {
      expect(await alice.get(path)).toMatchObject({ status: 400, body: clientError('Bot ID is required.') });
    }
    expect(await alice.get('/chats?bot_id=missing')).toMatchObject({
      status: 404,
      body: clientError('Bot not found.'),
    });
  });

  it('creates at most ten chats with the same bot, also under concurrent requests', async () => {
    const [alice, other] = [await apis.signUp(), await apis.createBot()];
    const answers = await Promise.all(Array.from({ length: 25 }, () => alice.post('/chat', { botId: bot.id })));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(10);
    expect(answers.filter(({ status }) => status === 400)).toHaveLength(15);
    expect((await alice.get(`/chats?bot_id=${bot.id}`)).body).toHaveLength(10);
    expect(await alice.post('/chat', { botId: bot.id })).toMatchObject({
      status: 400,
      body: clientError('Cannot create more than 10 chat rooms with the same bot.'),
    });
    expect((await alice.post('/chat', { botId: other.id })).status).toBe(201);
  });

  it('deletes a chat with its messages, so that another can be created', async () => {
    const alice = await apis.signUp();
    const chats = await Promise.all(Array.from({ length: 10 }, () => alice.post('/chat', { botId: bot.id })));
    const { id } = chats[0].body;
    await alice.post('/chat/message', { chatId: id, body: 'soon gone' });

    expect(await alice.delete(`/chat/${id}`)).toMatchObject({ status: 200, body: { message: 'Chat deleted.' } });
    expect(await alice.delete(`/chat/${id}`)).toMatchObject({ status: 404, body: clientError('Chat not found.') });
    expect((await alice.get(`/chat/${id}/messages`)).status).toBe(404);
    expect((await alice.get(`/chats?bot_id=${bot.id}`)).body).toHaveLength(9);
    await deletionRunner(apis.app).run();
    const left = await runSql(apis.settings.databaseUrl, `SELECT FROM messages WHERE chat_id = '${id}'`);
    expect(left).toHaveLength(0);
    expect((await alice.post('/chat', { botId: bot.id })).status).toBe(201);
  });

  it('rejects the deletion of chats of other users', async () => {
    const [alice, eve] = [await apis.signUp(), await apis.signUp('Eve')];
    const { body: chat } = await alice.post('/chat', { botId: bot.id });
    const foreign = { status: 403, body: clientError('Chat is not related to current user.') };
    expect(await eve.delete(`/chat/${chat.id}`)).toMatchObject(foreign);
    expect(await eve.get(`/chat/${chat.id}/messages`)).toMatchObject(foreign);
    expect(await eve.post('/chat/message', { chatId: chat.id, body: 'boo' })).toMatchObject(foreign);
    expect((await alice.get(`/chats?bot_id=${bot.id}`)).body).toEqual([chat]);
  });

  it('rejects the deletion of a group by a plain member', async () => {
    const alice = await apis.signUp();
    await runSql(
      apis.settings.databaseUrl,
      `INSERT INTO chats (id, kind, last_at, created_at) VALUES ('group', 'group', now(), now());
       INSERT INTO members (chat_id, user_id, state, joined_at) VALUES ('group', '${alice.id}', 'joined', now())`,
    );
    expect(await alice.delete('/chat/group')).toMatchObject({ status: 403 });
    expect((await alice.get('/chat/group/messages')).status).toBe(200);
  });
});
