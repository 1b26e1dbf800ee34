import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AppSettings } from '../../src/app/settings.js';
import { Database } from '../../src/core/database/database.js';
import { CircuitBreakers } from '../../src/modules/ai/providers/circuit-breakers.js';
import { CircuitsRepository } from '../../src/modules/ai/providers/circuits.repository.js';
import { FakeProvider } from '../../src/modules/ai/providers/fake.provider.js';
import type { ModelFailure } from '../../src/modules/ai/providers/model-failure.js';
import { ModelGateway, newTrace, type RequestTrace } from '../../src/modules/ai/providers/model-gateway.js';
import type {
  ModelEvent,
  ModelProvider,
  ModelRequest,
  ModelTarget,
} from '../../src/modules/ai/providers/model.types.js';
import { OpenAiChatProvider } from '../../src/modules/ai/providers/openai-chat.provider.js';
import { OpenAiResponsesProvider } from '../../src/modules/ai/providers/openai-responses.provider.js';
import { OpenAiClients } from '../../src/modules/ai/providers/openai.clients.js';
import { RecordingProvider, ReplayProvider } from '../../src/modules/ai/providers/recordings.js';
import { UnsupportedParameters } from '../../src/modules/ai/providers/unsupported-parameters.js';
import { UnsupportedParametersRepository } from '../../src/modules/ai/providers/unsupported-parameters.repository.js';
import { type RunningDomain, startDomain } from '../support/domain.js';
import {
  callTools,
  type ModelServer,
  failWith,
  replyOverResponses,
  replyWith,
  neverReply,
  startModelServer,
} from '../support/model-server.js';
import { testSettings } from '../support/settings.js';
import { waitFor } from '../support/wait-for.js';

const NEVER = new AbortController().signal;

describe('ModelGateway over HTTP', () => {
  let model: ModelServer;
  let domain: RunningDomain;
  let settings: AppSettings;
  let clients: OpenAiClients;
  /** Gives each test its own models: the tests share a database. */
  let name = 0;

  beforeAll(async () => {
    [model, domain] = await Promise.all([startModelServer(), startDomain()]);
  }, 60_000);
  afterAll(() => Promise.all([model.close(), domain.close()]));
  beforeEach(() => {
    model.calls.length = 0;
    name++;
    settings = testSettings({ AI_FIRST_WORD_MS: 200, AI_SILENCE_MS: 200, CALLBACK_ALLOW_PRIVATE: false });
    clients = new OpenAiClients(settings);
  });
  afterEach(() => clients.onApplicationShutdown());

  const gatewayTo = (provider: ModelProvider = new OpenAiChatProvider(clients)): ModelGateway => {
    const database = domain.module.get(Database, { strict: false });
    const unsupported = new UnsupportedParameters(new UnsupportedParametersRepository(database));
    jest.spyOn(unsupported['logger'], 'warn').mockReturnValue();
    return new ModelGateway(provider, unsupported, new CircuitBreakers(new CircuitsRepository(database)), settings);
  };
  const requestOf = (target: Partial<ModelTarget> = {}, systemMessage = 'Be kind.'): ModelRequest => ({
    target: {
      model: `model-${name}`,
      baseUrl: model.url,
      apiKey: 'sk-0123456789',
      keyAlias: 'k',
      provider: `key-${name}`,
      requiresPublicAddress: false,
      ...target,
    },
    messages: [
      { role: 'system', content: systemMessage },
      { role: 'user', content: 'Hello' },
    ],
    parameters: { temperature: 1, maxTokens: 5, topP: 1, presencePenalty: 0, frequencyPenalty: 0 },
    safetyIdentifier: 'user-1',
    cacheKey: 'bot:b',
  });
  const ask = async (
    gateway: ModelGateway,
    request = requestOf(),
    trace: RequestTrace = newTrace(),
  ): Promise<string> => {
    let text = '';
    for await (const event of gateway.stream(request, trace, NEVER)) if (event.type === 'text') text += event.text;
    return text;
  };
  const failureOf = (completion: Promise<string>): Promise<ModelFailure> =>
    completion.then(
      () => {
        throw new Error('The request did not fail.');
      },
      (error: ModelFailure) => error,
    );

  it('sends requests to the Responses API with at least 16 tokens and without storage', async () => {
    settings.AI_API = 'responses';
    model.next(replyOverResponses('Hello from there'));
    expect(await ask(gatewayTo(new OpenAiResponsesProvider(clients)))).toBe('Hello from there');
    expect(model.calls[0]).toMatchObject({ path: '/v1/responses', body: { max_output_tokens: 16, store: false } });
    model.next(failWith(429, { code: 'insufficient_quota' }));
    expect(await failureOf(ask(gatewayTo(new OpenAiResponsesProvider(clients))))).toMatchObject({ kind: 'quota' });
  });

  it.each(['chat', 'responses'] as const)('records tool calls over %s and replays them', async (api) => {
    settings.AI_API = api;
    const folder = await mkdtemp(join(tmpdir(), 'parley-recordings-'));
    const tools = [{ name: 'weather', description: 'How it is outside', parameters: { type: 'object' } }];
    const eventsOf = async (provider: ModelProvider) => {
      const events: ModelEvent[] = [];
      for await (const event of gatewayTo(provider).stream({ ...requestOf(), tools }, newTrace(), NEVER)) {
        events.push(event);
      }
      return events.filter(({ type }) => type === 'tool_calls' || type === 'finished');
    };
    try {
      const live = api === 'chat' ? new OpenAiChatProvider(clients) : new OpenAiResponsesProvider(clients);
      model.next(
        callTools([
          ['weather', { city: 'Oslo' }],
          ['weather', { city: 'Rome' }],
        ]),
      );
      const recorded = await eventsOf(new RecordingProvider(live, folder));
      expect(recorded).toMatchObject([
        {
          type: 'tool_calls',
          calls: [
            { id: 'call-0', name: 'weather', arguments: '{"city":"Oslo"}' },
            { id: 'call-1', name: 'weather', arguments: '{"city":"Rome"}' },
          ],
        },
        { type: 'finished', usage: { completionTokens: api === 'chat' ? 7 : 5 } },
      ]);
      expect(await eventsOf(new ReplayProvider(folder))).toEqual(recorded);
      expect(model.calls).toHaveLength(1);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('omits tools after the model has rejected them', async () => {
    const gateway = gatewayTo();
    const request = { ...requestOf(), tools: [{ name: 'weather', description: '', parameters: { type: 'object' } }] };
    model.next(failWith(400, { message: `registry.ollama.ai/library/model-${name} does not support tools` }));
    expect(await ask(gateway, request)).toBe('You said: Hello');
    expect(await ask(gateway, request)).toBe('You said: Hello');
    expect(model.calls.map(({ body }) => 'tools' in body)).toEqual([true, false, false]);
  });

  it('replays a recording without a server, and reports the difference of a changed request', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'parley-recordings-'));
    try {
      await ask(gatewayTo(new RecordingProvider(new OpenAiChatProvider(clients), folder)));
      expect(await readdir(folder)).toHaveLength(1);
      const replaying = gatewayTo(new ReplayProvider(folder));
      expect(await ask(replaying)).toBe('You said: Hello');
      const failure = await failureOf(ask(replaying, requestOf({}, 'Be rude.')));
      expect(failure).toMatchObject({ kind: 'replay_mismatch' });
      expect(failure.message).toContain('- messages.0.content: "Be kind."\n+ messages.0.content: "Be rude."');
      expect(model.calls).toHaveLength(1);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('does not call a private address from the settings of a bot', async () => {
    const failure = await failureOf(ask(gatewayTo(), requestOf({ requiresPublicAddress: true })));
    expect(failure).toMatchObject({ kind: 'blocked_address' });
    expect(model.calls).toHaveLength(0);
  });

  it('waits for a short Retry-After, and opens the circuit for a long one', async () => {
    const gateway = gatewayTo();
    const waits: number[] = [];
    for (let i = 0; i < 3; i++) {
      model.next(failWith(429, {}, { 'retry-after-ms': '700' }));
      await ask(gateway);
      const [failed, retried] = model.calls.slice(-2);
      waits.push(retried.at - failed.at);
    }
    // Other work on the machine may delay some of them.
    const [shortest] = waits.toSorted((a, b) => a - b);
    expect(shortest).toBeGreaterThanOrEqual(695);
    expect(shortest).toBeLessThan(800);
    model.calls.length = 0;
    model.next(failWith(429, {}, { 'retry-after': '120' }));
    expect(await failureOf(ask(gateway))).toMatchObject({ kind: 'rate_limited', details: { retryAfterMs: 120_000 } });
    for (const process of [gateway, gatewayTo()]) {
      expect(await failureOf(ask(process))).toMatchObject({ kind: 'circuit_open', details: { code: 'rate_limited' } });
    }
    expect(model.calls).toHaveLength(1);
    expect(await ask(gateway, requestOf({ model: 'another' }))).toBe('You said: Hello');
  });

  it('opens the circuit in all processes after five failures', async () => {
    const fault = failWith(500, {}, { 'retry-after-ms': '1' });
    model.next(fault, fault, fault, fault, fault);
    expect(await failureOf(ask(gatewayTo()))).toMatchObject({ kind: 'server' });
    const trace = newTrace();
    expect(await failureOf(ask(gatewayTo(), requestOf(), trace))).toMatchObject({ kind: 'circuit_open' });
    expect(trace.circuitEvents.map(({ event }) => event)).toEqual(['model.failing']);
    expect(model.calls).toHaveLength(5);
  });

  it.each([
    [401, { code: 'invalid_api_key' }, 'auth'],
    [429, { code: 'insufficient_quota' }, 'quota'],
  ])('opens the circuit of the key in all processes after %i %j', async (status, error, code) => {
    model.next(failWith(status, error));
    const trace = newTrace();
    await failureOf(ask(gatewayTo(), requestOf(), trace));
    expect(trace.circuitEvents.map(({ event }) => event)).toEqual(['key.refused']);
    const completion = ask(gatewayTo(), requestOf({ model: 'another' }));
    expect(await failureOf(completion)).toMatchObject({ kind: 'circuit_open', details: { code } });
    expect(model.calls).toHaveLength(1);
    expect(await ask(gatewayTo(), requestOf({ provider: `another-${name}` }))).toBe('You said: Hello');
  });

  it('calls the fallbacks in order, and skips targets with an open circuit', async () => {
    const request = requestOf();
    request.fallbacks = [
      { ...request.target, model: 'cheaper' },
      { ...request.target, model: 'elsewhere', provider: `another-${name}` },
    ];
    model.next(failWith(429, { code: 'insufficient_quota' }));
    const trace = newTrace();
    expect(await ask(gatewayTo(), request, trace)).toBe('You said: Hello');
    expect(trace).toMatchObject({ requests: 2, target: { model: 'elsewhere' } });
    expect(trace.failedTargets.map(({ failure }) => failure.kind)).toEqual(['quota', 'circuit_open']);
    expect(await ask(gatewayTo(), request)).toBe('You said: Hello');
    expect(model.calls.map(({ body }) => body.model as string)).toEqual([
      request.target.model,
      'elsewhere',
      'elsewhere',
    ]);
    model.next(replyWith('one two three', { breakAfter: 2, delayMs: 5 }));
    expect(await failureOf(ask(gatewayTo(), request))).toMatchObject({ kind: 'broken_stream' }); // part of the text is already delivered
  });

  it('times out before the first word and between words', async () => {
    model.next(neverReply, neverReply, neverReply);
    const trace = newTrace();
    expect(await failureOf(ask(gatewayTo(), requestOf(), trace))).toMatchObject({ kind: 'timeout' });
    expect(trace.requests).toBe(3);
    await waitFor(() => model.calls.every(({ abortedAt }) => abortedAt), {
      what: 'the end of the connections',
    });
    model.next(replyWith('one two three', { stallAfter: 2 }));
    expect(await failureOf(ask(gatewayTo()))).toMatchObject({ kind: 'timeout' });
    expect(model.calls).toHaveLength(4); // no retry after the first word
  });

  it.each([
    [401, {}, 'auth', 1],
    [403, {}, 'auth', 1],
    [404, { code: 'model_not_found' }, 'not_found', 1],
    [400, { code: 'content_filter' }, 'content_filter', 1],
    [400, {}, 'bad_request', 1],
    [429, { code: 'insufficient_quota' }, 'quota', 1],
  ])('maps %i %j to the failure %s after %i request', async (status, error, kind, requests) => {
    model.next(failWith(status, error));
    expect(await failureOf(ask(gatewayTo()))).toMatchObject({ kind, details: { requestId: 'req_refused' } });
    expect(model.calls).toHaveLength(requests);
  });

  it('masks a key of any format in error messages', async () => {
    model.next(failWith(401, { message: 'Incorrect API key provided: my-own-key.' }));
    const failure = await failureOf(ask(gatewayTo(), requestOf({ apiKey: 'my-own-key' })));
    expect(failure.message).toContain('Incorrect API key provided: ***.');
  });

  it('omits unsupported parameters, also in other processes', async () => {
    const gateway = gatewayTo();
    model.next(
      failWith(400, { code: 'unsupported_parameter', param: 'max_tokens' }),
      failWith(400, { code: 'unsupported_value', param: 'top_p' }),
      failWith(400, { code: 'unsupported_parameter', param: 'stream_options' }),
    );
    const trace = newTrace();
    await ask(gateway, requestOf(), trace);
    expect(trace).toMatchObject({ requests: 4, paramsDropped: ['max_tokens', 'top_p', 'stream_options'] });
    expect(model.calls[3].body).toMatchObject({ max_completion_tokens: 5 });
    model.calls.length = 0;
    await ask(gateway);
    await ask(gatewayTo()); // another process
    expect(model.calls).toHaveLength(2);
    for (const { body } of model.calls) expect(Object.keys(body as object)).not.toContain('top_p');
  });

  it('identifies the fake provider in its text, and stops it on abort', async () => {
    const text = await ask(gatewayTo(new FakeProvider()));
    expect(text).toMatch(/^No model is connected to this server.*"Hello"/);
    const stop = new AbortController();
    let words = 0;
    for await (const event of gatewayTo(new FakeProvider()).stream(requestOf(), newTrace(), stop.signal)) {
      if (event.type === 'text' && ++words === 2) stop.abort();
    }
    expect(words).toBe(2);
    expect([testSettings({}).aiMode, testSettings({ OPENAI_API_KEY: 'x' }).aiMode]).toEqual(['fake', 'live']);
    expect(testSettings({ OPENAI_BASE_URL: 'http://x', AI_MODE: 'replay' }).aiMode).toBe('replay');
  });
});
