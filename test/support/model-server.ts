import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A request to the model. */
export interface ModelCall {
  path: string;
  headers: IncomingHttpHeaders;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the tests say what it should be
  body: any;
  /** Milliseconds since 1970. */
  at: number;
  /** Time at which the caller closed the connection before the response was complete. */
  hungUpAt?: number;
}

/** Handles a request to the model. */
export type ModelBehaviour = (call: ModelCall, response: ServerResponse) => void | Promise<void>;

export interface ModelServer {
  /** Value of `OPENAI_BASE_URL`. */
  url: string;
  calls: ModelCall[];
  /** Whether every key is rejected in the list of models. */
  refuseKeys: boolean;
  /** Sets the default behaviour. */
  behave(behaviour: ModelBehaviour): void;
  /** Queues behaviours of the next requests; after them the default applies. */
  next(...behaviours: ModelBehaviour[]): void;
  close(): Promise<void>;
}

export interface SayOptions {
  /** Delay between two words. */
  delayMs?: number;
  finishReason?: string;
  usage?: object | null;
  /** Number of words after which the connection is closed. */
  breakAfter?: number;
  /** Delays the end after the last word. */
  until?: Promise<unknown>;
  /** Number of words after which the response stalls with an open connection. */
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

/** Streams a text word by word, like Chat Completions. */
export const say =
  (text: string, options: SayOptions = {}): ModelBehaviour =>
  async (_call, response) => {
    const { delayMs = 0, finishReason = 'stop', usage = USAGE, breakAfter, stallAfter, until } = options;
    response.writeHead(200, { 'content-type': 'text/event-stream', 'x-request-id': 'req_test' });
    response.write(chunkOf({ delta: { role: 'assistant', content: '' } }));
    for (const [index, word] of (text.match(/\S+\s*|\s+/g) ?? []).entries()) {
      if (index === breakAfter) return void setTimeout(() => response.destroy(), 20); // lets the sent words arrive
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

/** Responds with an error, like the API. */
export const refuse =
  (status: number, error: object = {}, headers: Record<string, string> = {}): ModelBehaviour =>
  (_call, response) => {
    response.writeHead(status, { 'content-type': 'application/json', 'x-request-id': 'req_refused', ...headers });
    response.end(JSON.stringify({ error: { message: 'Organization org-secret says no.', type: 'x', ...error } }));
  };

/** Repeats the person's last message. */
export const echo: ModelBehaviour = (call, response) => {
  const messages = (call.body.messages ?? call.body.input) as { role: string; content: string }[];
  return say(`You said: ${messages.findLast(({ role }) => role === 'user')?.content}`)(call, response);
};

/** Never responds. */
export const silence: ModelBehaviour = () => undefined;

const eventOf = (fields: { type: string; [name: string]: unknown }): string =>
  `event: ${fields.type}\ndata: ${JSON.stringify(fields)}\n\n`;
const RESPONSES_END = eventOf({
  type: 'response.completed',
  response: { id: 'resp_1', usage: { input_tokens: 20, output_tokens: 5, total_tokens: 25 } },
});

/** Like `say`, for the Responses API. */
export const respond =
  (text: string): ModelBehaviour =>
  (_call, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const word of text.match(/\S+\s*/g) ?? []) {
      response.write(eventOf({ type: 'response.output_text.delta', delta: word }));
    }
    response.end(RESPONSES_END);
  };

/** A tool call with its arguments: an object, or a text that is sent unchanged. */
export type Asked = readonly [name: string, question: object | string];

const jsonOf = (question: object | string): string =>
  typeof question === 'string' ? question : JSON.stringify(question);

/** Requests tool calls over either protocol, in pieces like models, after an optional text. */
export const askTools =
  (asked: readonly Asked[], text = ''): ModelBehaviour =>
  (call, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'x-request-id': 'req_test' });
    if (call.path.endsWith('/responses')) {
      for (const [i, [name, question]] of asked.entries()) {
        const item = { type: 'function_call', call_id: `call-${i}`, name, arguments: jsonOf(question) };
        response.write(eventOf({ type: 'response.function_call_arguments.delta', delta: item.arguments }));
        response.write(eventOf({ type: 'response.output_item.done', item }));
      }
      return void response.end(RESPONSES_END);
    }
    if (text) response.write(chunkOf({ delta: { content: text } }));
    const piece = (index: number, fields: object) => chunkOf({ delta: { tool_calls: [{ index, ...fields }] } });
    for (const [i, [name]] of asked.entries()) {
      response.write(piece(i, { id: `call-${i}`, type: 'function', function: { name, arguments: '' } }));
    }
    for (const [i, [, question]] of asked.entries()) {
      for (const part of jsonOf(question).match(/[\s\S]{1,5}/g) ?? []) {
        response.write(piece(i, { function: { arguments: part } }));
      }
    }
    response.write(chunkOf({ delta: {}, finish_reason: 'tool_calls' }));
    response.write(chunkOf({}, { choices: [], usage: USAGE }));
    response.end('data: [DONE]\n\n');
  };

/** The only invalid key. */
export const BAD_KEY = 'sk-test-bad-key-0123456789';

/** Responds to connection tests; not recorded as a call. */
function listModels({ authorization = '' }: IncomingHttpHeaders, response: ServerResponse, refusesAll: boolean): void {
  const key = authorization.replace('Bearer ', '');
  const isRefused = refusesAll || key === BAD_KEY;
  response.writeHead(isRefused ? 401 : 200, { 'content-type': 'application/json' });
  const refusal = { error: { message: `Incorrect API key provided: ${key}.`, code: 'invalid_api_key' } };
  response.end(JSON.stringify(isRefused ? refusal : { object: 'list', data: [{ id: 'test-model', object: 'model' }] }));
}

/** A local model server: real HTTP, real streams, and configurable faults. */
export async function startModelServer(initial: ModelBehaviour = echo): Promise<ModelServer> {
  const calls: ModelCall[] = [];
  let usual = initial;
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
        if (!response.writableEnded) call.hungUpAt = Date.now();
      });
      void (async () => (queue.shift() ?? usual)(call, response))().catch(() => response.destroy());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const modelServer: ModelServer = {
    url: `http://127.0.0.1:${port}/v1`,
    calls,
    refuseKeys: false,
    behave: (behaviour) => void (usual = behaviour),
    next: (...behaviours) => void queue.push(...behaviours),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return modelServer;
}
