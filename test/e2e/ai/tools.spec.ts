import { Webhook } from 'standardwebhooks';
import { AiRunner } from '../../../src/modules/ai/worker/ai-runner.js';
import { type RequestedToolCall, callTools, echo, type ModelBehaviour, replyWith } from '../../support/model-server.js';
import { freePort } from '../../support/processes.js';
import { respondOk, type Behaviour, type Sink, startSink } from '../../support/sink.js';
import { waitFor } from '../../support/wait-for.js';
import type { Json } from '../client/client-caller.js';
import { type AiApis, startAi, type AiChat, textOf } from './ai-apis.js';

const PARAMETERS = {
  type: 'object',
  properties: { city: { type: 'string', maxLength: 20 } },
  required: ['city'],
  additionalProperties: false,
};
const city = (name: string): RequestedToolCall => ['weather', { city: name }];

describe('AI bots: tools', () => {
  let ai: AiApis;
  let sink: Sink;

  beforeAll(async () => {
    [ai, sink] = await Promise.all([startAi({ AI_BOT_TOKENS_PER_DAY: 0 }), startSink()]);
  }, 60_000);
  afterAll(() => Promise.all([ai.close(), sink.close()]));
  beforeEach(() => {
    ai.model.calls.length = 0;
    ai.model.behave(echo);
    sink.received.length = 0;
    sink.setBehaviour(respondOk);
  });

  const toolAt = (path: string, fields: object = {}) => ({
    name: path,
    description: 'Returns the weather in a city.',
    parameters: PARAMETERS,
    url: `${sink.url}/${path}`,
    ...fields,
  });
  const setTools = (botId: string, tools: object[]) => ai.admin.put(`/bot/${botId}/ai`, { tools });
  /** Opens a chat with a bot that has tools. */
  const openChatWithTools = async (...tools: object[]): Promise<AiChat & { secrets: string[] }> => {
    const aiChat = await ai.openChat();
    const { status, body } = await setTools(aiChat.botId, tools.length > 0 ? tools : [toolAt('weather')]);
    expect(status).toBe(200);
    return { ...aiChat, secrets: body.tools.map(({ secret }: Json) => secret as string) };
  };
  const bodies = (): Json[] => sink.received.map(({ body }) => JSON.parse(body));
  const toolMessages = (index: number): string[] =>
    (ai.model.calls[index].body.messages as Json[]).flatMap(({ role, content }) =>
      role === 'tool' ? [content as string] : [],
    );
  const callsOf = async (aiChat: AiChat): Promise<Json[]> => (await ai.runs(aiChat.chatId))[0].toolCalls as Json[];
  /** Never responds. `aborted` resolves when the caller closes the connection. */
  const hanging = (): { behaviour: Behaviour; aborted: Promise<number> } => {
    let end!: (at: number) => void;
    const aborted = new Promise<number>((resolve) => (end = resolve));
    return { behaviour: (_callback, response) => void response.on('close', () => end(Date.now())), aborted };
  };

  /** Starts a run whose tool does not respond. */
  const askHanging = async () => {
    const aiChat = await openChatWithTools();
    const { behaviour, aborted } = hanging();
    sink.setBehaviour(behaviour);
    const before = sink.received.length;
    ai.model.next(callTools([city('Oslo')]));
    const { id } = await aiChat.send('How is the weather?');
    await waitFor(() => sink.received.length > before, { what: 'the tool call' });
    return { aiChat, id: id as string, aborted };
  };

  it('are called in parallel with a valid signature, and their results are sent to the model', async () => {
    const aiChat = await openChatWithTools();
    const source = await aiChat.openEvents();
    const typesAgain = () => {
      const seen = source.events.map(({ event }) => event);
      return seen.includes('message.delta') && seen.lastIndexOf('typing') > seen.indexOf('message.delta');
    };
    sink.setBehaviour(({ body }, response) => {
      const answer = JSON.parse(body).arguments.city === 'Oslo' ? '-3 °C' : '{"celsius": 24}';
      // The typing indicator is shown again during the calls.
      const isSeen = waitFor(typesAgain, { what: 'more typing' });
      void isSeen.then(
        () => response.end(answer),
        () => response.destroy(),
      );
    });
    ai.model.next(callTools([city('Oslo'), city('Rome')], 'Let me look. '), replyWith('Cold in Oslo.'));
    expect(await aiChat.ask('How is the weather?')).toEqual(['Let me look. \n\nCold in Oslo.']);
    const [first] = bodies();
    expect(
      bodies()
        .map(({ arguments: { city: name } }) => name as string)
        .sort(),
    ).toEqual(['Oslo', 'Rome']);
    const [run] = await ai.runs(aiChat.chatId);
    expect(first).toEqual({
      type: 'ai.tool_call',
      id: expect.stringMatching(/^call_[0-9a-z]{26}$/),
      tool: 'weather',
      arguments: { city: expect.any(String) },
      botId: aiChat.botId,
      chatId: aiChat.chatId,
      runId: run.id,
      createdAt: expect.any(Number),
    });
    for (const { body, headers } of sink.received) {
      expect(new Webhook(aiChat.secrets[0]).verify(body, headers as Record<string, string>)).toBeTruthy();
      expect(headers['webhook-id']).toBe(JSON.parse(body).id);
      expect(headers).not.toHaveProperty('x-sendbird-signature');
      expect(body).not.toContain(aiChat.person.id);
    }
    const [asking, answering] = ai.model.calls.map(({ body }) => body);
    expect(asking.tools).toEqual([
      {
        type: 'function',
        function: { name: 'weather', description: 'Returns the weather in a city.', parameters: PARAMETERS },
      },
    ]);
    const toolCall = (i: number, name: string) => ({
      id: `call-${i}`,
      type: 'function',
      function: { name: 'weather', arguments: `{"city":"${name}"}` },
    });
    const pair = (content: string | null) => [
      { role: 'assistant', content, tool_calls: [toolCall(0, 'Oslo'), toolCall(1, 'Rome')] },
      { role: 'tool', tool_call_id: 'call-0', content: '-3 °C' },
      { role: 'tool', tool_call_id: 'call-1', content: '{"celsius": 24}' },
    ];
    expect(answering.messages.slice(2)).toEqual(pair('Let me look. '));
    expect(run).toMatchObject({ state: 'completed', requests: 2, usage: { promptTokens: 100, completionTokens: 14 } });
    expect(run.toolCalls).toEqual(
      ['-3 °C', '{"celsius": 24}'].map((result) => ({
        id: expect.stringMatching(/^call_/),
        round: 1,
        tool: 'weather',
        outcome: 'ok',
        httpStatus: 200,
        sizeBytes: Buffer.byteLength(result),
        durationMs: expect.any(Number),
        createdAt: expect.any(Number),
      })),
    );
    await source.next('message.completed');
    expect(textOf(source, run.id)).toBe('Let me look. \n\nCold in Oslo.');
    await aiChat.ask('Thanks', 2);
    expect(ai.model.calls[2].body.messages.slice(2)).toEqual([
      ...pair(null),
      { role: 'assistant', content: 'Let me look. \n\nCold in Oslo.' },
      { role: 'user', content: 'Thanks' },
    ]);
    expect(await (await fetch(`${ai.url}/metrics`)).text()).toMatch(/parley_ai_tool_calls_total\{outcome="ok"\} [2-9]/);
  });

  it('that fail return an error result to the model', async () => {
    const aiChat = await openChatWithTools(
      ...['weather', 'broken', 'moved', 'endless', 'empty'].map((path) => toolAt(path)),
      toolAt('slow', { timeoutMs: 100 }),
      toolAt('missing', { url: `http://127.0.0.1:${await freePort()}/` }),
    );
    sink.setBehaviour(({ path }, response) => {
      if (path === '/slow') return;
      if (path === '/broken') return void response.writeHead(500).end(`at ${sink.url}`);
      if (path === '/moved') return void response.writeHead(302, { location: `${sink.url}/weather` }).end();
      if (path === '/endless') return void response.end('x'.repeat(100_000));
      response.end(path === '/empty' ? '' : 'x'.repeat(20_000));
    });
    const names = ['broken', 'moved', 'endless', 'slow', 'missing', 'empty', 'weather', 'unheard of'];
    const asked = names.map((name): RequestedToolCall => [name, { city: 'Oslo' }]);
    ai.model.next(
      callTools([...asked, ['weather', '{"city"'], ['weather', { town: 'Oslo' }], ['weather', '[1]']]),
      replyWith('Sorry.'),
    );
    expect(await aiChat.ask('How is the weather?')).toEqual(['Sorry.']);
    expect(toolMessages(1)).toEqual([
      'The tool failed with status 500.',
      'The tool failed with status 302.',
      'The response of the tool is too large.',
      'The tool did not respond in time.',
      'The tool cannot be reached.',
      '',
      `${'x'.repeat(16_384)}\n[… the rest was left out …]`,
      'There is no tool unheard_of.',
      'The arguments are not a JSON object.',
      "Invalid arguments: arguments must have required property 'city'.",
      'The arguments are not a JSON object.',
    ]);
    expect((await callsOf(aiChat)).map(({ outcome }) => outcome)).toEqual([
      ...['failed', 'failed', 'too_long', 'timeout', 'unreachable', 'ok', 'ok', 'unknown_tool'],
      ...['bad_arguments', 'bad_arguments', 'bad_arguments'],
    ]);
    expect(bodies()).toHaveLength(6);
  });

  it('are limited to five rounds and sixteen calls per reply', async () => {
    const ask =
      (count: number): ModelBehaviour =>
      (call, response) =>
        (call.body.tools ? callTools(Array.from({ length: count }, (_, i) => city(`${i}`))) : replyWith('Enough.'))(
          call,
          response,
        );
    const requestsFor = async (count: number): Promise<{ requests: number; asked: number; outcomes: string[] }> => {
      const aiChat = await openChatWithTools();
      ai.model.calls.length = sink.received.length = 0;
      ai.model.behave(ask(count));
      expect(await aiChat.ask('How is the weather?')).toEqual(['Enough.']);
      const outcomes = (await callsOf(aiChat)).map(({ outcome }) => outcome as string);
      return { requests: ai.model.calls.length, asked: sink.received.length, outcomes };
    };
    expect(await requestsFor(1)).toMatchObject({ requests: 6, asked: 5 });
    expect(await requestsFor(4)).toMatchObject({ requests: 5, asked: 16 });
    const { requests, asked, outcomes } = await requestsFor(9);
    expect({ requests, asked }).toEqual({ requests: 3, asked: 16 });
    expect(outcomes.slice(14)).toEqual(['ok', 'ok', 'too_many', 'too_many']);
  });

  it.each([
    ['is cancelled', 'stopped', (aiChat: AiChat) => aiChat.person.post(`/chat/${aiChat.chatId}/ai/cancel`)],
    ['is superseded by another message', 'superseded', (aiChat: AiChat) => aiChat.send('Never mind')],
    [
      'is handed over to a human',
      'human_in_control',
      (aiChat: AiChat) => ai.admin.put(`/chat/${aiChat.chatId}/ai/control`, {}),
    ],
    [
      'loses its trigger',
      'trigger_removed',
      (aiChat: AiChat, id: string) => aiChat.person.delete(`/chat/message/${id}`),
    ],
  ])('are aborted within a second when the reply %s', async (_what, reason, stop) => {
    const { aiChat, id, aborted } = await askHanging();
    const stoppedAt = Date.now();
    await stop(aiChat, id);
    expect((await aborted) - stoppedAt).toBeLessThan(1000);
    const run = await ai.waitForRun(aiChat.chatId, 'cancelled');
    expect(run).toMatchObject({ reason, toolCalls: [{ outcome: 'aborted' }] });
  });

  it('are not called again for finished calls when another worker takes over the run', async () => {
    const aiChat = await openChatWithTools();
    const { behaviour, aborted } = hanging();
    let isHanging = true;
    sink.setBehaviour((callback, response) => {
      const { city: name } = JSON.parse(callback.body).arguments as { city: string };
      if (name === 'Rome' && isHanging) return behaviour(callback, response);
      response.end(`weather of ${name}`);
    });
    ai.model.next(callTools([city('Oslo')]), callTools([city('Rome'), city('Bern')]), replyWith('All is well.'));
    await aiChat.send('How is the weather?');
    const kept = async () => (await callsOf(aiChat)).filter(({ outcome }) => outcome === 'ok').length === 2;
    await waitFor(kept, { what: 'two results of tools' });
    isHanging = false;
    await ai.sql(`UPDATE ai_runs SET lease_token = 'another', lease_until = now() WHERE chat_id = '${aiChat.chatId}'`);
    await aborted;
    expect(await aiChat.waitForReplies(1)).toEqual(['All is well.']);
    const asked = bodies().map(({ arguments: { city: name } }) => name as string);
    expect([...asked].sort()).toEqual(['Bern', 'Oslo', 'Rome', 'Rome']);
    const [before, after] = sink.received.filter(({ body }) => body.includes('Rome'));
    expect(after.body).toBe(before.body);
    expect(after.headers['webhook-id']).toBe(before.headers['webhook-id']);
    expect(ai.model.calls).toHaveLength(3);
    expect(toolMessages(2)).toEqual(['weather of Oslo', 'weather of Rome', 'weather of Bern']);
    expect(await ai.runs(aiChat.chatId)).toMatchObject([
      { state: 'completed', tries: 2, requests: 3, usage: { promptTokens: 150 } },
    ]);
    const [budget] = await ai.sql<Json>(`SELECT used, reserved FROM ai_budgets WHERE bot_id = '${aiChat.botId}'`);
    expect(budget).toEqual({ used: '171', reserved: '0' });
  });

  it('keep calls and results together with their reply, whatever the context limit', async () => {
    const botId = await ai.createAiBot({}, { bot_callback_url: 'https://127.0.0.1/hook' });
    const aiChat = await ai.openChatWith(botId);
    sink.setBehaviour((_callback, response) => response.end('sunny '.repeat(150)));
    /** Sends messages while the bot has no AI settings. */
    const chat = async (from: number, to: number) => {
      await ai.admin.delete(`/bot/${botId}/ai`);
      for (let i = from; i < to; i++) await aiChat.send(`message ${i} ${'blah '.repeat(20)}`);
      await setTools(botId, [toolAt('weather')]);
    };
    await chat(0, 30);
    ai.model.next(callTools([city('Oslo')]), replyWith('Sunny.'));
    await aiChat.ask('How is the weather?');
    await chat(32, 60);
    const seen = new Set<string>();
    for (const [i, contextTokens] of [1050, 1150, 1250, 1400].entries()) {
      await ai.admin.put(`/bot/${botId}/ai`, { contextTokens, contextMessages: 100 });
      ai.model.calls.length = 0;
      await aiChat.send('Well?');
      await aiChat.waitForReplies(2 + i);
      const messages = ai.model.calls[0].body.messages as Json[];
      const kinds = messages.map(({ role, tool_calls }) => (tool_calls ? 'call' : (role as string)));
      const texts = messages.map(({ content }) => content as string);
      expect(texts.at(-1)).toBe('Well?');
      expect(texts.join()).toContain('message 59');
      expect(texts.join()).not.toContain('message 0 ');
      const at = texts.indexOf('Sunny.');
      const hasPair = kinds.includes('call') || kinds.includes('tool');
      expect(hasPair).toBe(at >= 0);
      if (hasPair) expect(kinds.slice(at - 2, at + 1)).toEqual(['call', 'tool', 'assistant']);
      seen.add(hasPair ? 'whole' : texts[1]);
    }
    expect(seen).toContain('whole');
    expect(seen.size).toBeGreaterThan(1);
  });

  it('keep calls and results with a continued reply', async () => {
    const aiChat = await openChatWithTools();
    sink.setBehaviour((_callback, response) => response.end('rain'));
    ai.model.next(callTools([city('Oslo')]), replyWith('It will', { finishReason: 'length' }));
    await aiChat.ask('How is the weather?');
    ai.model.next(callTools([city('Rome')]), replyWith('rain.'));
    expect((await aiChat.person.post(`/chat/${aiChat.chatId}/ai/continue`)).status).toBe(202);
    await waitFor(async () => (await aiChat.waitForReplies(1))[0] === 'It will rain.', { what: 'the continued reply' });
    const kindsOf = (index: number) =>
      (ai.model.calls[index].body.messages as Json[]).slice(1).map(({ role, tool_calls, content }) => {
        return tool_calls ? (JSON.parse(tool_calls[0].function.arguments).city as string) : `${role}: ${content}`;
      });
    const before = ['user: How is the weather?', 'Oslo', 'tool: rain', 'assistant: It will'];
    expect(kindsOf(2)).toEqual([...before, expect.stringMatching(/^user: Go on/)]);
    expect(kindsOf(3)).toEqual([...kindsOf(2), 'Rome', 'tool: rain']);
    await aiChat.ask('Thanks', 2);
    expect(kindsOf(4)).toEqual([
      'user: How is the weather?',
      ...['Oslo', 'tool: rain', 'Rome', 'tool: rain'],
      'assistant: It will rain.',
      'user: Thanks',
    ]);
  });

  it('have their arguments erased with the message or reply, and shown to operators until then', async () => {
    const aiChat = await openChatWithTools();
    ai.settings.AI_DEBUG_STORE = true;
    const contents = () =>
      ai.sql<Json>(
        `SELECT call.arguments, call.result FROM ai_tool_calls call JOIN ai_runs run ON run.id = run_id
         WHERE chat_id = '${aiChat.chatId}' ORDER BY call.id`,
      );
    sink.setBehaviour((_callback, response) => response.end('fine'));
    const ask = async (count: number) => {
      ai.model.next(callTools([city('Oslo')]), replyWith(`Answer ${count}`));
      const { id } = await aiChat.send('How is the weather?');
      await aiChat.waitForReplies(count);
      return id as string;
    };
    const question = await ask(1);
    await ask(2);
    ai.settings.AI_DEBUG_STORE = false;
    const known = { arguments: '{"city":"Oslo"}', result: 'fine' };
    const [{ toolCalls, prompt, id }] = await ai.runs(aiChat.chatId);
    expect(toolCalls).toMatchObject([known]);
    expect((await ai.admin.get(`/ai/runs/${id}`)).body.toolCalls).toEqual(toolCalls);
    expect(prompt.at(-2)).toMatchObject({ role: 'assistant', toolCalls: [{ name: 'weather' }] });
    expect(await contents()).toEqual([known, known]);
    const gone = { arguments: '', result: null };
    await aiChat.person.delete(`/chat/message/${question}`);
    expect(await contents()).toEqual([gone, gone]); // the context of the second reply had the first message
    await ask(3);
    const answer = (await aiChat.messages()).find(({ body }) => body === 'Answer 3')!;
    expect(await contents()).toEqual([gone, gone, known]);
    const { bot } = (await ai.platform.get(`/bots/${aiChat.botId}`)).body;
    const botCaller = ai.withKey(`${aiChat.botId}:${bot.bot_token}`);
    expect((await botCaller.delete(`/chat/message/${answer.id}`)).status).toBe(200);
    expect(await contents()).toEqual([gone, gone, gone]);
  });

  it('are not called when moderation blocks the input', async () => {
    const aiChat = await openChatWithTools();
    ai.settings.AI_MODERATION_INPUT = 'block';
    ai.model.behave((call, response) => {
      if (call.path !== '/v1/moderations') return callTools([city('Oslo')])(call, response);
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify({ id: 'm', model: 'm', results: [{ flagged: true, categories: { illicit: true } }] }),
      );
    });
    expect(await aiChat.ask('How is the weather for bombs?')).toEqual(["I can't talk about that."]);
    ai.settings.AI_MODERATION_INPUT = 'off';
    expect(sink.received).toHaveLength(0);
  });

  it('are aborted when the run times out, and left open when the worker shuts down', async () => {
    const runner = ai.app.get(AiRunner, { strict: false });
    const slow = await askHanging();
    for (const lease of runner['running'].keys()) lease.stop({ kind: 'overtime' });
    await slow.aborted;
    const run = await ai.waitForRun(slow.aiChat.chatId, 'failed');
    expect(run).toMatchObject({ reason: 'overtime', toolCalls: [{ outcome: 'aborted' }] });
    const ending = await askHanging();
    await runner.onModuleDestroy();
    await ending.aborted;
    expect(await ai.waitForRun(ending.aiChat.chatId, 'queued')).toMatchObject({ toolCalls: [{ outcome: 'open' }] });
  });
});
