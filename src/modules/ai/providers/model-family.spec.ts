import { APIError } from 'openai';
import { familyOf, toChatBody, toResponsesBody, windowOf, type WireOptions } from './model-family.js';
import type { ModelRequest } from './model.types.js';
import { recordFailure, remainingOpenMs, startProbe } from './circuit-breakers.js';
import { CLOSED } from './circuit.entity.js';
import { modelRetryDelay, retryAfterOf, toModelFailure } from './model-failure.js';
import { requestHash } from './recordings.js';
import { parseArguments, normalizeToolCalls, type ToolCallDelta, ToolCallAssembler } from './tool-calls.js';

const OPENAI = 'https://api.openai.com/v1';
const LOCAL = 'http://localhost:11434/v1';
const requestFor = (model: string, baseUrl: string): ModelRequest => ({
  target: { model, baseUrl, apiKey: undefined, keyAlias: '', provider: '', requiresPublicAddress: false },
  messages: [
    { role: 'system', content: 'Be kind.' },
    { role: 'user', content: 'Hi' },
  ],
  parameters: { temperature: 0.5, maxTokens: 256, topP: 1, presencePenalty: 0, frequencyPenalty: 0 },
  safetyIdentifier: 's',
  cacheKey: 'bot:b',
});
const options = (...unsupported: string[]): WireOptions => ({ unsupported: new Set(unsupported), limitDoublings: 0 });

describe('request bodies by model family', () => {
  it.each([
    ['gpt-4.1-mini', OPENAI, 'classic'],
    ['gpt-4o', OPENAI, 'classic'],
    ['gpt-5-chat-latest', OPENAI, 'classic'],
    ['gpt-5-mini', OPENAI, 'reasoning'],
    ['gpt-10', OPENAI, 'reasoning'],
    ['o3', OPENAI, 'reasoning'],
    ['openai/o4-mini', 'https://gateway.example/v1', 'reasoning'],
    ['llama3.2', LOCAL, 'other'],
    ['gpt-4.1', LOCAL, 'other'],
  ])('%s at %s is of the family %s', (model, baseUrl, family) => {
    expect(familyOf(model, baseUrl)).toBe(family);
  });

  it('use current parameters for OpenAI, legacy ones for other servers, and few for reasoning models', () => {
    const classic = toChatBody(requestFor('gpt-4.1-mini', OPENAI), options());
    expect(classic).toMatchObject({
      max_completion_tokens: 256,
      temperature: 0.5,
      store: false,
      safety_identifier: 's',
    });
    expect(classic).not.toHaveProperty('max_tokens');
    const other = toChatBody(requestFor('llama3.2', LOCAL), options());
    expect(other).toMatchObject({ max_tokens: 256, temperature: 0.5, messages: [{ role: 'system' }, {}] });
    for (const name of ['max_completion_tokens', 'store', 'safety_identifier']) expect(other).not.toHaveProperty(name);
    const reasoning = toChatBody(requestFor('o3', OPENAI), options());
    expect(reasoning).toMatchObject({ max_completion_tokens: 256 + 2048, messages: [{ role: 'developer' }, {}] });
    for (const name of ['max_tokens', 'temperature', 'top_p', 'presence_penalty', 'stop']) {
      expect(reasoning).not.toHaveProperty(name);
    }
  });

  it('have the settings of the bot that the model supports', () => {
    const set = { stop: ['###'], reasoningEffort: 'high', verbosity: 'low' };
    const requestWith = (model: string) => {
      const request = requestFor(model, OPENAI);
      return { ...request, parameters: { ...request.parameters, ...set } };
    };
    const classic = toChatBody(requestWith('gpt-4.1'), options());
    expect(classic).toMatchObject({ stop: ['###'] });
    expect(classic).not.toHaveProperty('reasoning_effort');
    const reasoning = toChatBody(requestWith('gpt-5'), options());
    expect(reasoning).toMatchObject({ reasoning_effort: 'high', verbosity: 'low' });
    expect(reasoning).not.toHaveProperty('stop');
    expect(toResponsesBody(requestWith('gpt-5'), options())).toMatchObject({
      reasoning: { effort: 'high' },
      text: { verbosity: 'low' },
    });
  });

  it('have images for models with image support, in the format of each API', () => {
    const withImage = (model: string): ModelRequest => ({
      ...requestFor(model, OPENAI),
      messages: [{ role: 'user', content: 'Look', images: [{ url: 'data:,x' }] }],
    });
    const contentOf = (list: unknown) => (list as { content: unknown }[])[0].content;
    expect(contentOf(toChatBody(withImage('gpt-3.5-turbo'), options()).messages)).toBe('Look');
    expect(contentOf(toChatBody(withImage('gpt-4o'), options()).messages)).toEqual([
      { type: 'text', text: 'Look' },
      { type: 'image_url', image_url: { url: 'data:,x' } },
    ]);
    expect(contentOf(toResponsesBody(withImage('gpt-4o'), options()).input)).toEqual([
      { type: 'input_text', text: 'Look' },
      { type: 'input_image', image_url: 'data:,x', detail: 'auto' },
    ]);
  });

  it('have tools, tool calls and results, in the format of each API', () => {
    const parameters = { type: 'object', properties: { city: { type: 'string' } } };
    const call = { id: 'c1', name: 'weather', arguments: '{"city":"Oslo"}' };
    const withTools = (model = 'gpt-4.1'): ModelRequest => ({
      ...requestFor(model, OPENAI),
      tools: [{ name: 'weather', description: 'How it is outside', parameters }],
      messages: [
        { role: 'user', content: 'Cold?' },
        { role: 'assistant', content: '', toolCalls: [call] },
        { role: 'tool', content: '-3', toolCallId: 'c1' },
        { role: 'assistant', content: 'Wait.', toolCalls: [{ ...call, id: 'c2', arguments: 'no JSON' }] },
        { role: 'tool', content: 'failed', toolCallId: 'c2' },
      ],
    });
    const callOf = (id: string, text: string) => [
      { id, type: 'function', function: { name: 'weather', arguments: text } },
    ];
    expect(toChatBody(withTools(), options())).toMatchObject({
      tools: [{ type: 'function', function: { name: 'weather', description: 'How it is outside', parameters } }],
      messages: [
        { role: 'user', content: 'Cold?' },
        { role: 'assistant', content: null, tool_calls: callOf('c1', '{"city":"Oslo"}') },
        { role: 'tool', tool_call_id: 'c1', content: '-3' },
        { role: 'assistant', content: 'Wait.', tool_calls: callOf('c2', '{}') },
        { role: 'tool', tool_call_id: 'c2', content: 'failed' },
      ],
    });
    expect(toResponsesBody(withTools(), options())).toMatchObject({
      tools: [{ type: 'function', name: 'weather', description: 'How it is outside', parameters, strict: false }],
      input: [
        { role: 'user', content: 'Cold?' },
        { type: 'function_call', call_id: 'c1', name: 'weather', arguments: '{"city":"Oslo"}' },
        { type: 'function_call_output', call_id: 'c1', output: '-3' },
        { role: 'assistant', content: 'Wait.' },
        { type: 'function_call', call_id: 'c2', name: 'weather', arguments: '{}' },
        { type: 'function_call_output', call_id: 'c2', output: 'failed' },
      ],
    });
    // A model without tool support gets the results as text.
    const without = toChatBody(withTools(), options('tools'));
    expect(without).not.toHaveProperty('tools');
    expect(without.messages).toEqual([
      { role: 'user', content: 'Cold?' },
      { role: 'user', content: '[weather says: -3]' },
      { role: 'assistant', content: 'Wait.' },
      { role: 'user', content: '[weather says: failed]' },
    ]);
  });

  it('leave out unsupported parameters', () => {
    expect(toChatBody(requestFor('llama3.2', LOCAL), options('max_tokens'))).toMatchObject({
      max_completion_tokens: 256,
    });
    expect(toChatBody(requestFor('gpt-4.1', OPENAI), options('max_completion_tokens'))).toMatchObject({
      max_tokens: 256,
    });
    expect(toChatBody(requestFor('o3', OPENAI), options('developer'))).toMatchObject({
      messages: [{ role: 'system' }, {}],
    });
    expect(toChatBody(requestFor('gpt-4.1', OPENAI), options('temperature', 'store'))).not.toHaveProperty('store');
  });

  it('request at least 16 tokens and no storage from the Responses API', () => {
    const request = requestFor('gpt-4.1', OPENAI);
    request.parameters.maxTokens = 5;
    expect(toResponsesBody(request, options())).toMatchObject({ max_output_tokens: 16, store: false });
  });

  it('have the same hash whatever the order of their fields', () => {
    expect(requestHash({ a: 1, b: { c: [1, { d: undefined }] } })).toBe(requestHash({ b: { c: [1, {}] }, a: 1 }));
    expect(requestHash({ a: 1 })).not.toBe(requestHash({ a: 2 }));
  });
});

describe('tool calls', () => {
  const assembled = (...pieces: ToolCallDelta[]) => {
    const assembly = new ToolCallAssembler();
    for (const piece of pieces) assembly.add(piece);
    return assembly.calls.map(({ id, name, arguments: text }) => `${id} ${name}(${text})`);
  };

  it('are assembled from deltas with or without index and id', () => {
    expect(
      assembled(
        { index: 0, id: 'a', function: { name: 'one', arguments: '' } },
        { index: 0, function: { arguments: '{"x"' } },
        { index: 1, id: 'b', function: { name: 'two', arguments: '{}' } },
        { index: 0, function: { arguments: ':1}' } },
      ),
    ).toEqual(['a one({"x":1})', 'b two({})']);
    const whole = (id: string) => ({ index: 0, id, function: { name: 'one', arguments: '{}' } });
    expect(assembled(whole('a'), whole('b'))).toEqual(['a one({})', 'b one({})']);
    expect(assembled({ id: 'a', function: { name: 'one' } }, { function: { arguments: '{}' } })).toEqual(['a one({})']);
  });

  it('get valid unique ids and names, and are dropped when the completion was truncated', () => {
    const call = { id: '', name: 'no name: at all', arguments: '{\0}' };
    expect(
      normalizeToolCalls([call, call, { ...call, id: 'x' }, { ...call, id: 'x', name: '' }], 'tool_calls'),
    ).toEqual([
      { id: 'call_1', name: 'no_name__at_all', arguments: '{}' },
      { id: 'call_2', name: 'no_name__at_all', arguments: '{}' },
      { id: 'x', name: 'no_name__at_all', arguments: '{}' },
      { id: 'call_4', name: '_', arguments: '{}' },
    ]);
    expect(normalizeToolCalls([call], 'length')).toEqual([]);
  });

  it.each([
    ['{"a":1}', { a: 1 }],
    [' ', {}],
    ['[1]', undefined],
    ['null', undefined],
    ['"text"', undefined],
    ['{"a":', undefined],
  ])('parse the arguments %j to %j', (text, expected) => {
    expect(parseArguments({ arguments: text })).toEqual(expected);
  });

  it.each([
    [400, 'registry.ollama.ai/library/gemma:2b does not support tools', true],
    [404, 'No endpoints found that support tool use.', true],
    [400, '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set', true],
    [400, "Invalid schema for function 'x'", false],
    [429, 'does not support tools', false],
  ])('are reported as unsupported by status %d with %j: %p', (status, message, isRefusal) => {
    const failure = toModelFailure(new APIError(status, { message }, message, new Headers()))!;
    expect(failure.kind === 'unsupported' && failure.details.param === 'tools').toBe(isRefusal);
  });
});

describe('retries of model requests', () => {
  it.each([
    [{ 'retry-after-ms': '700', 'retry-after': '9' }, 700],
    [{ 'retry-after': '2' }, 2000],
    [{ 'retry-after': 'Sun, 22 Nov 2026 00:00:10 GMT' }, 10_000],
    [{ 'retry-after': 'Sun, 22 Nov 2020 00:00:10 GMT' }, 0],
    [{ 'retry-after': 'soon' }, undefined],
    [{}, undefined],
  ])('after the headers %j wait %p ms', (headers, expected) => {
    expect(retryAfterOf(new Headers(headers as Record<string, string>), Date.UTC(2026, 10, 22))).toBe(expected);
  });

  it('back off exponentially up to 8 s, with up to 25 % jitter', () => {
    expect([1, 2, 3, 9].map((tries) => modelRetryDelay(tries, undefined, () => 0))).toEqual([500, 1000, 2000, 8000]);
    expect(modelRetryDelay(1, undefined, () => 1)).toBe(375);
    expect(modelRetryDelay(1, 123)).toBe(123);
  });

  it('stop while the circuit is open: 5 failures open it for 30 s, then one request probes', () => {
    let state = CLOSED;
    for (let i = 0; i < 5; i++) state = recordFailure(state, 1000 + i);
    expect(remainingOpenMs(state, 2000)).toBe(29_004);
    expect(startProbe(state, 2000)).toBeUndefined();
    state = startProbe(state, 32_000)!;
    expect(startProbe(state, 32_001)).toBeUndefined();
    state = recordFailure(state, 32_002);
    expect(remainingOpenMs(state, 40_000)).toBe(22_002);
    expect(startProbe(state, 63_000)).toBeDefined();
    state = CLOSED;
    for (let i = 0; i < 5; i++) state = recordFailure(state, 70_000 + i * 10_000); // not within 30 s
    expect(remainingOpenMs(state, 111_000)).toBe(0);
  });
});

describe('windowOf', () => {
  it.each([
    ['gpt-4.1-mini', 1_047_576],
    ['gpt-4o-2024-08-06', 128_000],
    ['gpt-4', 8192],
    ['gpt-4-0613', 8192],
    ['gpt-4-32k', 32_768],
    ['gpt-4-1106-preview', 128_000],
    ['gpt-3.5-turbo', 16_385],
    ['gpt-5-mini', 400_000],
    ['gpt-5-chat-latest', 128_000],
    ['openai/o4-mini', 200_000],
    ['o1-mini', 128_000],
    ['llama3.2', undefined],
    ['my-gpt-4', undefined],
  ])('of %s is %p', (model, expected) => {
    expect(windowOf({ model })).toBe(expected);
  });
});
