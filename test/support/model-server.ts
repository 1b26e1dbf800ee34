import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A received request. */
export interface ModelCall {
  path: string;
  headers: IncomingHttpHeaders;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the tests check its shape
  body: any;
  /** Milliseconds since 1970. */
  at: number;
  /** Time at which the caller closed the connection before the end of the response; milliseconds since 1970. */
  abortedAt?: number;
}

/** Handles a request. */
export type ModelBehaviour = (call: ModelCall, response: ServerResponse) => void | Promise<void>;

export interface ModelServer {
  /** Value for `OPENAI_BASE_URL`. */
  url: string;
  calls: ModelCall[];
  /** Whether the list of models is refused for every key. */
  refuseKeys: boolean;
  /** Sets the default behaviour. */
  behave(behaviour: ModelBehaviour): void;
  /** Queues behaviours for the next requests. */
  next(...behaviours: ModelBehaviour[]): void;
  close(): Promise<void>;
}

export interface ReplyOptions {
  /** Milliseconds before each word. */
  delayMs?: number;
  finishReason?: string;
  usage?: object | null;
  /** Closes the connection after this many words. */
  breakAfter?: number;
  /** Delays the end after the last word. */
  until?: Promise<unknown>;
  /** Sends nothing more after this many words, and keeps the connection open. */
  stallAfter?: number;
}

const USAGE = {
  prompt_tokens: 50,
  completion_tokens: 7,
  total_tokens: 57,
  prompt_tokens_details: { cached_tokens: 10 },
  completion_tokens_details: { reasoning_tokens: 0 },
};

const chunkOf = (fields: object, rest: object = {}): string =>
  `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'test', choices: [{ index: 0, finish_reason: null, ...fields }], ...rest })}\n\n`;

/** Streams a Chat Completions response word by word. */
export const replyWith =
  (text: string, options: ReplyOptions = {}): ModelBehaviour =>
  async (_call, response) => {
    const { delayMs = 0, finishReason = 'stop', usage = USAGE, breakAfter, stallAfter, until } = options;
    response.writeHead(200, { 'content-type': 'text/event-stream', 'x-request-id': 'req_test' });
    response.write(chunkOf({ delta: { role: 'assistant', content: '' } }));
    for (const [index, word] of (text.match(/\S+\s*|\s+/g) ?? []).entries()) {
      if (index === breakAfter) return void setTimeout(() => response.destroy(), 20); // let the text arrive first
      if (index === stallAfter) return;
      if (delayMs) await sleep(delayMs);
      if (response.destroyed) return;
      response.write(chunkOf({ delta: { content: word } }));
    }
    await until;
    response.write(chunkOf({ delta: {}, finish_reason: finishReason }));
    if (usage) response.write(chunkOf({}, { choices: [], usage }));
    response.end('data: [DONE]\n\n');
  };

/** Responds with an API error. */
export const failWith =
  (status: number, error: object = {}, headers: Record<string, string> = {}): ModelBehaviour =>
  (_call, response) => {
    response.writeHead(status, { 'content-type': 'application/json', 'x-request-id': 'req_refused', ...headers });
    response.end(JSON.stringify({ error: { message: 'Organization org-secret says no.', type: 'x', ...error } }));
  };

/** Repeats the last user message. */
export const echo: ModelBehaviour = (call, response) => {
  const messages = (call.body.messages ?? call.body.input) as { role: string; content: string }[];
  return replyWith(`You said: ${messages.findLast(({ role }) => role === 'user')?.content}`)(call, response);
};

/** Never responds. */
export const neverReply: ModelBehaviour = () => undefined;

const eventOf = (fields: { type: string; [name: string]: unknown }): string =>
  `event: ${fields.type}\ndata: ${JSON.stringify(fields)}\n\n`;
const RESPONSES_END = eventOf({
  type: 'response.completed',
  response: { id: 'resp_1', usage: { input_tokens: 20, output_tokens: 5, total_tokens: 25 } },
});

/** Streams a response of the Responses API. */
export const replyOverResponses =
  (text: string): ModelBehaviour =>
  (_call, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const word of text.match(/\S+\s*/g) ?? []) {
      response.write(eventOf({ type: 'response.output_text.delta', delta: word }));
    }
    response.end(RESPONSES_END);
  };

/** A tool call: name, and arguments as an object or as raw text. */
export type RequestedToolCall = readonly [name: string, args: object | string];

const jsonOf = (args: object | string): string => (typeof args === 'string' ? args : JSON.stringify(args));

/** Responds with tool calls over either API, streamed in deltas, after an optional text. */
export const callTools =
  (toolCalls: readonly RequestedToolCall[], text = ''): ModelBehaviour =>
  (call, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'x-request-id': 'req_test' });
    if (call.path.endsWith('/responses')) {
      for (const [i, [name, args]] of toolCalls.entries()) {
        const item = { type: 'function_call', call_id: `call-${i}`, name, arguments: jsonOf(args) };
        response.write(eventOf({ type: 'response.function_call_arguments.delta', delta: item.arguments }));
        response.write(eventOf({ type: 'response.output_item.done', item }));
      }
      return void response.end(RESPONSES_END);
    }
    if (text) response.write(chunkOf({ delta: { content: text } }));
    const delta = (index: number, fields: object) => chunkOf({ delta: { tool_calls: [{ index, ...fields }] } });
    for (const [i, [name]] of toolCalls.entries()) {
      response.write(delta(i, { id: `call-${i}`, type: 'function', function: { name, arguments: '' } }));
    }
    for (const [i, [, args]] of toolCalls.entries()) {
      for (const part of jsonOf(args).match(/[\s\S]{1,5}/g) ?? []) {
        response.write(delta(i, { function: { arguments: part } }));
      }
    }
    response.write(chunkOf({ delta: {}, finish_reason: 'tool_calls' }));
    response.write(chunkOf({}, { choices: [], usage: USAGE }));
    response.end('data: [DONE]\n\n');
  };

/** A key that is refused for the list of models. */
export const BAD_KEY = 'sk-test-bad-key-0123456789';

/** Responds to the connection test; not recorded as a call. */
function listModels(
  { authorization = '' }: IncomingHttpHeaders,
  response: ServerResponse,
  refusesAllKeys: boolean,
): void {
  const key = authorization.replace('Bearer ', '');
  const isRefused = refusesAllKeys || key === BAD_KEY;
  response.writeHead(isRefused ? 401 : 200, { 'content-type': 'application/json' });
  const refusal = { error: { message: `Incorrect API key provided: ${key}.`, code: 'invalid_api_key' } };
  response.end(JSON.stringify(isRefused ? refusal : { object: 'list', data: [{ id: 'test-model', object: 'model' }] }));
}

/** A local model server: real HTTP, real streams, and faults on demand. */
export async function startModelServer(initial: ModelBehaviour = echo): Promise<ModelServer> {
  const calls: ModelCall[] = [];
  let defaultBehaviour = initial;
  const queue: ModelBehaviour[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (request.method === 'GET') return listModels(request.headers, response, modelServer.refuseKeys);
      const body: unknown = JSON.parse(Buffer.concat(chunks).toString() || '{}');
      const call: ModelCall = { path: request.url ?? '', headers: request.headers, body, at: Date.now() };
      calls.push(call);
      response.on('close', () => {
        if (!response.writableEnded) call.abortedAt = Date.now();
      });
      void (async () => (queue.shift() ?? defaultBehaviour)(call, response))().catch(() => response.destroy());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const modelServer: ModelServer = {
    url: `http://127.0.0.1:${port}/v1`,
    calls,
    refuseKeys: false,
    behave: (behaviour) => void (defaultBehaviour = behaviour),
    next: (...behaviours) => void queue.push(...behaviours),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return modelServer;
}
