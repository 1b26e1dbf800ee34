import { ConnectorClient, fetchToken } from '../../support/connector-client.js';
import { EventSource } from '../../support/event-source.js';
import { waitFor } from '../../support/wait-for.js';
import { type Json } from '../client/client-caller.js';
import { type AiApis, MODEL_KEY, startAi } from './ai-apis.js';

const STAND_IN = /^No model is connected to this server.*"Anybody there\?"/;

/** Without an API key, the built-in stand-in replies over each protocol. */
describe('an AI bot over each protocol', () => {
  let ai: AiApis;

  beforeAll(async () => {
    ai = await startAi({ OPENAI_BASE_URL: undefined, OPENAI_API_KEY: undefined });
  }, 60_000);
  afterAll(() => ai.close());

  const newBot = (id: string, aiFields: object, fields: object = {}) => ({
    bot_userid: id,
    bot_nickname: id,
    bot_profile_url: '',
    bot_type: '',
    is_privacy_mode: false,
    ai: aiFields,
    ...fields,
  });

  it('replies over the Client API with an event', async () => {
    const aiChat = await ai.openChatWith(await ai.createAiBot());
    const source = await aiChat.openEvents();
    await aiChat.send('Anybody there?');
    const created = await source.next('message.created', ({ data }) => data.message.senderId === aiChat.botId);
    expect(created.data.message.body).toMatch(STAND_IN);
    expect((await ai.runs(aiChat.chatId))[0]).toMatchObject({ model: 'built-in', state: 'completed' });
    expect(await aiChat.waitForReplies(1)).toHaveLength(1);
  });

  it('replies to a Platform API user in a group channel, with an event for the Bot API', async () => {
    const botId = await ai.createAiBot();
    await ai.platform.post('/users', { user_id: 'mia', nickname: 'Mia', profile_url: '' });
    const { body: group } = await ai.platform.post('/group_channels', { user_ids: ['mia', botId] });
    const path = `/group_channels/${group.channel_url}/messages`;
    await ai.platform.post(path, { message_type: 'MESG', user_id: 'mia', message: 'Anybody there?' });
    const answer = await waitFor(
      async () => {
        const { body } = await ai.platform.get(`${path}?message_ts=${Date.now() + 60_000}&prev_limit=10`);
        return (body.messages as Json[]).find(({ user }) => user.user_id === botId);
      },
      { what: 'the reply' },
    );
    expect(answer).toMatchObject({ type: 'MESG', custom_type: '' });
    expect(answer.message).toMatch(/Mia: Anybody there/);
    const key = `${botId}:${(await ai.platform.get(`/bots/${botId}`)).body.bot.bot_token}`;
    const events = await ai.withKey(key).get('/events?after=0');
    expect(events.body.events.map(({ type }: Json) => type)).toContain('message.created');
    const own = await EventSource.open(`${ai.url}/v1/bot-api/events`, { authorization: key });
    own.close();
  });

  it('replies while a connector socket receives the message and finds the reply in the history', async () => {
    const botId = await ai.createAiBot();
    const key = `${botId}:${(await ai.platform.get(`/bots/${botId}`)).body.bot.bot_token}`;
    const socket = await ConnectorClient.open(ai.url, await fetchToken(ai.url, key));
    try {
      const aiChat = await ai.openChatWith(botId);
      await aiChat.send('Anybody there?');
      const received = await socket.next('sendMessage', ({ content }) => content.text === 'Anybody there?');
      await aiChat.waitForReplies(1);
      const history = await socket.call('getChatHistory', { chatId: received.chatId, count: 10 });
      const texts = history.messages.map(({ content }: Json) => content.text as string);
      expect(texts.filter((text: string) => STAND_IN.test(text))).toHaveLength(1);
      await ai.waitForIdle(aiChat.chatId);
      expect(await aiChat.waitForReplies(1)).toHaveLength(1);
    } finally {
      socket.socket.terminate();
    }
  });

  it('has the defaults of the contract and rejects values out of range with 400', async () => {
    const { body } = await ai.platform.post('/bots', newBot('defaults', { backend: 'chatgpt' }));
    expect(body).toMatchObject({
      bot_callback_url: '',
      ai: {
        backend: 'chatgpt',
        system_message: 'You are a helpful assistant.',
        temperature: 1,
        max_tokens: 256,
        top_p: 1,
        presence_penalty: 0,
        frequency_penalty: 0,
      },
    });
    const both = await Promise.all(
      ['x', ['x']].map((system_message, i) =>
        ai.platform.post('/bots', newBot(`system-${i}`, { backend: 'chatgpt', system_message })),
      ),
    );
    expect(both.map((answer) => answer.body.ai.system_message)).toEqual(['x', 'x']);
    const none = await ai.platform.put('/bots/system-0', { ai: { system_message: [] } });
    expect(none.body.ai.system_message).toBe('You are a helpful assistant.');
    for (const [field, value] of [
      ['temperature', 2.01],
      ['temperature', -0.1],
      ['max_tokens', 0],
      ['max_tokens', 2049],
      ['max_tokens', 1e9],
      ['top_p', 1.1],
      ['presence_penalty', -2.1],
      ['frequency_penalty', 2.1],
      ['temperature', 'NaN'],
      ['backend', 'other'],
    ] as const) {
      const refused = await ai.platform.put('/bots/defaults', { ai: { [field]: value } });
      expect(refused).toMatchObject({ status: 400, body: { error: true, message: expect.stringContaining(field) } });
    }
  });

  it('loses its AI settings only if it has another endpoint', async () => {
    const botId = await ai.createAiBot();
    const path = `/bots/${botId}`;
    const refused = await ai.platform.put(path, { ai: null, bot_nickname: 'Renamed' });
    expect(refused).toMatchObject({ status: 400, body: { message: expect.stringContaining('callback') } });
    expect((await ai.platform.get(path)).body).toMatchObject({ bot: { bot_nickname: botId }, ai: { max_tokens: 256 } });
    const bot_callback_url = 'https://127.0.0.1/hook';
    const changed = await ai.platform.put(path, { ai: null, bot_callback_url });
    expect(changed).toMatchObject({ status: 200, body: { bot_callback_url } });
    expect(changed.body).not.toHaveProperty('ai');
    expect((await ai.platform.put(path, { ai: null })).status).toBe(200); // without AI settings, null has no effect
    expect((await ai.platform.post('/bots', newBot('null', null as never))).status).toBe(400);
  });

  it('generates replies to conversations in the request', async () => {
    const botId = await ai.createAiBot();
    const path = `/bots/${botId}/ai_chatbot_replies`;
    const messages = [
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'Hello' },
      { role: 'user', content: 'Anybody there?' },
    ];
    const reply = await ai.platform.post(path, { messages, use_streaming_response: true });
    expect(reply).toMatchObject({ status: 200, body: { reply_messages: [expect.stringMatching(STAND_IN)] } });
    for (const bad of [
      {},
      { messages: [] },
      { messages: [[]] },
      { messages: [{ role: 'system', content: 'x' }] },
      { messages: 'x' },
    ]) {
      expect((await ai.platform.post(path, bad)).status).toBe(400);
    }
    const plain = await ai.createBot();
    expect((await ai.platform.post(`/bots/${plain.id}/ai_chatbot_replies`, { messages })).status).toBe(400);
    expect((await ai.platform.post('/bots/missing/ai_chatbot_replies', { messages })).status).toBe(400);
  });

  it('can be created by the Admin API', async () => {
    const made = await ai.admin.post('/bot', { name: 'Oracle', ai: { temperature: 0.2, apiKey: MODEL_KEY } });
    expect(made).toMatchObject({ status: 201, body: { bot: { name: 'Oracle' } } });
    const { body } = await ai.admin.get(`/bot/${made.body.bot.id}/ai`);
    expect(body).toMatchObject({ temperature: 0.2, maxTokens: 256, hasOwnKey: true });
    const refused = await ai.admin.post('/bot', { name: 'Another', ai: { temperature: 3 } });
    expect(refused).toMatchObject({ status: 400, body: { message: 'temperature must not be greater than 2' } });
    expect((await ai.admin.post('/bot', { name: 'Another', ai: 'yes' })).status).toBe(400);
  });

  const toolAt = (name: string, fields: object = {}) => ({
    name,
    description: 'Returns the weather in a city.',
    parameters: { type: 'object', properties: { city: { type: 'string' } } },
    url: `https://127.0.0.1/${name}`,
    ...fields,
  });

  it('has tools whose secrets are returned once', async () => {
    const ownSecret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
    const tools = [toolAt('weather', { timeoutMs: 5000 }), toolAt('news', { secret: ownSecret })];
    const { body: made } = await ai.admin.post('/bot', { name: 'Tooled', ai: { tools } });
    const [weather, news] = made.ai.tools as Json[];
    expect(news).toEqual({ ...tools[1], secretEnd: ownSecret.slice(-4) });
    expect(weather).toEqual({
      ...tools[0],
      secret: expect.stringMatching(/^whsec_.{44}$/),
      secretEnd: expect.any(String),
    });
    const path = `/bot/${made.bot.id}/ai`;
    const shown = (await ai.admin.get(path)).body.tools as Json[];
    expect(shown).toEqual([weather, news].map(({ secret: _secret, ...tool }) => tool));
    const encryptedSecret = async () =>
      (await ai.sql<Json>(`SELECT ai FROM bot_endpoints WHERE bot_id = '${made.bot.id}'`))[0].ai.tools[0]
        .secretEncrypted;
    const encrypted = await encryptedSecret();
    const moved = await ai.admin.put(path, { tools: [toolAt('weather', { url: `https://127.0.0.1/moved` })] });
    expect(moved.body.tools).toEqual([
      { ...toolAt('weather', { url: `https://127.0.0.1/moved` }), secretEnd: weather.secretEnd },
    ]);
    expect(await encryptedSecret()).toBe(encrypted);
    const elsewhere = await ai.admin.put(path, {
      tools: [toolAt('weather', { url: `https://127.0.0.1:8443/weather` })],
    });
    expect(elsewhere.body.tools[0].secret).toMatch(/^whsec_.{44}$/); // the old server knows the old secret
    expect(await encryptedSecret()).not.toBe(encrypted);
    expect((await ai.admin.put(path, { model: 'other' })).body.tools).toHaveLength(1);
    expect((await ai.admin.put(path, { tools: [] })).body.tools).toEqual([]);
    const secrets = [weather.secret as string, ownSecret];
    const places = await Promise.all([
      ...['/ai/runs', '/ai/events', path, '/audit'].map(async (each) =>
        JSON.stringify((await ai.admin.get(each)).body),
      ),
      ...['ai_runs', 'ai_tool_calls', 'ai_events', 'bot_endpoints', 'audit_log'].map(async (table) =>
        JSON.stringify(await ai.sql(`SELECT * FROM ${table}`)),
      ),
      fetch(`${ai.url}/metrics`).then((response) => response.text()),
    ]);
    for (const place of places) for (const secret of secrets) expect(place).not.toContain(secret);
  });

  it.each(['tools', 'fallback'])('rejects items of %s that are not objects with 400', async (field) => {
    const path = `/bot/${await ai.createAiBot()}/ai`;
    for (const item of [[], null, 'x', 1]) {
      const { status, body } = await ai.admin.put(path, { [field]: [item] });
      expect([status, body.message]).toEqual([400, expect.stringContaining(field)]);
    }
    expect((await ai.admin.get(path)).body[field]).toEqual([]);
  });

  it('keeps all of several concurrent updates', async () => {
    const path = `/bot/${await ai.createAiBot()}/ai`;
    const changes = [{ temperature: 0.1 }, { maxTokens: 99 }, { topP: 0.5 }, { model: 'other' }, { debounceMs: 100 }];
    await Promise.all(changes.map((change) => ai.admin.put(path, change)));
    expect((await ai.admin.get(path)).body).toMatchObject(Object.assign({}, ...changes));
  });

  it('rejects invalid tools with 400 and the reason', async () => {
    const path = `/bot/${await ai.createAiBot()}/ai`;
    const setTools = (tools: object[]) => ai.admin.put(path, { tools });
    const deep = JSON.parse(`${'{"a":'.repeat(20)}1${'}'.repeat(20)}`) as object;
    for (const [fields, word] of [
      [{ name: 'no name' }, 'name'],
      [{ name: 'x'.repeat(65) }, 'name'],
      [{ description: '' }, 'description'],
      [{ description: 'x'.repeat(1025) }, 'description'],
      [{ parameters: { type: 'string' } }, 'parameters'],
      [{ parameters: [] }, 'parameters'],
      [{ parameters: { type: 'object', ...deep } }, 'parameters'],
      [{ parameters: { type: 'object', description: 'x'.repeat(8200) } }, 'parameters'],
      [{ parameters: { type: 'object', properties: { a: { type: 'nothing' } } } }, 'not a valid JSON schema'],
      [{ url: 'ftp://tools.example' }, 'url'],
      [{ url: `https://127.0.0.1/#there` }, 'url'],
      [{ url: 'http://127.0.0.1:22/' }, 'port 22'],
      [{ secret: 'whsec_short' }, 'secret'],
      [{ timeoutMs: 20_001 }, 'timeoutMs'],
      [{ timeoutMs: 99 }, 'timeoutMs'],
    ] as const) {
      const refused = await setTools([toolAt('weather', fields)]);
      expect([fields, refused.status, JSON.stringify(refused.body)]).toEqual([
        fields,
        400,
        expect.stringContaining(word),
      ]);
    }
    ai.settings.CALLBACK_ALLOW_PRIVATE = false;
    for (const url of ['https://127.0.0.1/', 'https://tools.internal/', 'http://93.184.216.34/']) {
      expect(await setTools([toolAt('weather', { url })])).toMatchObject({ status: 400 });
    }
    ai.settings.CALLBACK_ALLOW_PRIVATE = true;
    expect((await setTools([toolAt('weather'), toolAt('weather')])).status).toBe(400);
    const many = Array.from({ length: 17 }, (_, i) => toolAt(`tool-${i}`));
    expect((await setTools(many)).status).toBe(400);
    expect((await setTools(many.slice(1))).status).toBe(200);
  });

  it('is updated by the Admin API, which never returns a key', async () => {
    const bot = await ai.createBot();
    const path = `/bot/${bot.id}/ai`;
    expect((await ai.admin.get(path)).status).toBe(400);
    const set = await ai.admin.put(path, { systemMessage: ['a', 'b'], model: 'gpt-4.1', apiKey: MODEL_KEY });
    expect(set.body).toEqual({
      systemMessage: 'a\n\nb',
      temperature: 1,
      maxTokens: 256,
      topP: 1,
      presencePenalty: 0,
      frequencyPenalty: 0,
      model: 'gpt-4.1',
      hasOwnKey: true,
      bannedPhrases: [],
      notices: {},
      debounceMs: 0,
      fallback: [],
      tools: [],
      contextImages: 0,
      contextBots: false,
      contextNames: 'groups',
      contextSince: 0,
      contextMaxAge: 0,
      contextSummary: false,
      systemJoin: 'single',
      stop: [],
    });
    const changed = await ai.admin.put(path, { model: '', apiKey: '', temperature: 0, bannedPhrases: ['x'] });
    expect(changed.body).toMatchObject({
      systemMessage: 'a\n\nb',
      temperature: 0,
      hasOwnKey: false,
      bannedPhrases: ['x'],
    });
    expect((await ai.admin.get(path)).body).toEqual(changed.body);
    for (const bad of [
      { model: 'a\nb' },
      { baseUrl: 'ftp://x' },
      { baseUrl: 'http://models.example:6379/v1' },
      { temperature: 3 },
      { maxTokens: 0 },
      { bannedPhrases: [''] },
      { bannedPhrases: 'x' },
      { contextNames: 'maybe' },
      { contextSince: -1 },
      { contextMaxAge: 0.5 },
      { contextBots: 'yes' },
      { systemJoin: '' },
    ]) {
      expect(await ai.admin.put(path, bad)).toMatchObject({ status: 400, body: { message: expect.any(String) } });
    }
    expect((await ai.admin.put('/bot/missing/ai', {})).status).toBe(404);
    expect((await ai.admin.delete(path)).status).toBe(400); // the last endpoint
    await bot.post('/bot/webhook', { url: 'https://bots.example/hook' });
    expect((await ai.admin.delete(path)).status).toBe(200);
    expect((await ai.admin.get(path)).status).toBe(400);
    const rows = await ai.sql<{ ai: Json }>(`SELECT ai FROM bot_endpoints`);
    expect(JSON.stringify([rows, (await ai.admin.get('/ai/runs')).body])).not.toContain(MODEL_KEY);
    expect((await ai.admin.get('/ai/runs/nothing')).status).toBe(404);
    expect((await ai.admin.get('/ai/runs?limit=0')).status).toBe(400);
  });
});
