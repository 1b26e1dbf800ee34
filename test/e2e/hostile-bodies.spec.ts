import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { longestPause } from '../support/event-loop-watch.js';
import { type ClientApis, startClientApis } from './client/client-caller.js';

const SIZE = 256 * 1024;
const MAX_PAUSE_MS = 100;

const fill = (unit: string, before = '', after = ''): string =>
  before + unit.repeat(Math.floor((SIZE - before.length - after.length) / unit.length)) + after;
const list = (item: (i: number) => string, before: string, after: string, separator = ','): string => {
  const items: string[] = [];
  for (let length = 0, i = 0; length < SIZE - 100; i++) length += items[items.push(item(i)) - 1].length + 1;
  return before + items.join(separator) + after;
};
/** Just below the maximum body size. */
const some = (item: (i: number) => string, count = 4990): string =>
  Array.from({ length: count }, (_, i) => item(i)).join();

const JSON_BODIES: Record<string, string> = {
  'numbers that end in a fault': fill('1,', '[', 'x'),
  numbers: fill('1,', '[', '1]'),
  'empty lists that end in a fault': fill('[],', '[', 'x'),
  'empty objects that end in a fault': fill('{},', '[', 'x'),
  'short strings that end in a fault': fill('"",', '[', 'x'),
  'lists in lists': fill('['),
  'lists in lists, closed': '['.repeat(SIZE / 2) + ']'.repeat(SIZE / 2),
  'objects in objects': fill('{"a":'),
  'lists of 60 levels that end in a fault': fill(`${'['.repeat(60)}1${']'.repeat(60)},`, '[', 'x'),
  spaces: fill(' '),
  'line ends and a fault': fill('\r\n', '[', 'x'),
  'a string without end': fill('a', '"'),
  'a string of escapes': fill('\\u0041', '{"nickname":"', '"}'),
  'a string of half escapes': fill('\\', '"'),
  'a number of many digits': fill('9', '[', ']'),
  'a fraction of many digits': fill('9', '0.'),
  'many keys': list((i) => `"k${i}":1`, '{', '}'),
  'many keys that end in a fault': list((i) => `"k${i}":1`, '{', 'x'),
  'keys that are numbers': list((i) => `"${i * 7919}":1`, '{', '}'),
  'one key again and again': fill('"a":1,', '{', '"a":1}'),
  prototypes: fill('{"__proto__":{"a":1}},', '[', '1]'),
  'a long key': fill('k', '{"', '":1}'),
  'half surrogates': fill('\\ud800', '{"nickname":"', '"}'),
  'as many items as there may be': `[${some(() => '{}')}]`,
  'as many users as there may be': `{"users":[${some((i) => `{"user_id":"u${i}"}`, 2400)}],"user_ids":[${some((i) => `"u${i}"`, 1000)}]}`,
  'users that are lists': `{"users":[${some(() => '[]')}]}`,
  'user ids that are objects': `{"user_ids":[${some(() => '{}')}],"operator_ids":[]}`,
  'items that are numbers': `{"attachmentIds":[${some(() => '1')}],"chatId":"x","body":"y"}`,
  'attachments that are lists of lists': `{"attachmentIds":[${some(() => '[[]]', 2400)}],"chatId":"x","body":"y"}`,
  tools: `{"name":"Bot","ai":{"tools":[${some(() => '{"parameters":{}}', 1200)}]}}`,
  'tools with wide parameters': `{"name":"Bot","ai":{"tools":[{"name":"t","description":"d","url":"https://x.example","parameters":{"type":"object","properties":{${some((i) => `"p${i}":{}`, 2400)}}}}]}}`,
  fallbacks: `{"name":"Bot","ai":{"fallback":[${some(() => '{"model":""}', 2400)}]}}`,
  'banned phrases': `{"name":"Bot","ai":{"bannedPhrases":[${some(() => '""')}]}}`,
  notices: `{"name":"Bot","ai":{"notices":{${some((i) => `"n${i}":1`)}}}}`,
  metadata: `{"user_id":"u","nickname":"n","profile_url":"","metadata":{${some((i) => `"k${i}":"v"`)}}}`,
  'discovery keys': `{"user_id":"u","nickname":"n","profile_url":"","discovery_keys":[${some(() => '"k"')}]}`,
  'a nickname of spaces': `{"nickname":"${' '.repeat(SIZE - 20)}"}`,
  'a text of spaces': `{"chatId":"x","body":"${' '.repeat(SIZE - 40)}"}`,
  'a URL of slashes': `{"url":"http://${'/'.repeat(SIZE - 40)}"}`,
  'a URL of dots': `{"url":"http://${'a.'.repeat(SIZE / 2 - 40)}"}`,
};

const FORMS: Record<string, string> = {
  'many names': list((i) => `a${i}=1`, '', '', '&'),
  ampersands: fill('&'),
  'equals signs': fill('='),
  'one name again and again': fill('a&'),
  pluses: fill('+'),
  escapes: fill('%41'),
  'broken escapes': fill('%4'),
  brackets: fill('a[]=1&'),
};

describe('hostile requests', () => {
  let apis: ClientApis;
  let routes: [string, RequestInit][];

  beforeAll(async () => {
    apis = await startClientApis();
    const [person, bot] = [await apis.signUp(), await apis.createBot()];
    const { API_TOKEN, ADMIN_SECRET_KEY } = apis.settings;
    const platform = { 'api-token': API_TOKEN };
    const admin = { authorization: ADMIN_SECRET_KEY };
    routes = [
      ['/v3/users', { headers: platform }],
      ['/v3/bots', { headers: platform }],
      ['/v3/group_channels', { headers: platform }],
      ['/v3/group_channels/x/messages', { headers: platform }],
      ['/v3/applications/api_tokens', { headers: platform }],
      ['/v1/client-api/user', {}],
      ['/v1/client-api/chat/message', { headers: { cookie: person.cookie } }],
      ['/v1/bot-api/bot/commands', { headers: { authorization: bot.key } }],
      ['/v1/bot-api/bot/webhook', { headers: { authorization: bot.key } }],
      ['/v1/admin-api/bot', { headers: admin }],
      ['/bridge/api/client/v1/oauth/token', {}],
      ['/webtools/survey', {}],
    ];
  });
  afterAll(() => apis.close());

  const send = async (path: string, init: RequestInit, type: string, body: string): Promise<number> => {
    const headers = { ...(init.headers as Record<string, string>), 'content-type': type };
    const response = await fetch(apis.url + path, { ...init, method: 'POST', headers, body });
    await response.arrayBuffer();
    return response.status;
  };

  /** Only pauses that occur each time count: a garbage collection may happen once. */
  const pauseOf = async (work: () => Promise<unknown>): Promise<number> => {
    let shortest = Infinity;
    for (let attempt = 0; attempt < 10 && shortest > MAX_PAUSE_MS; attempt++) {
      shortest = Math.min(shortest, (await longestPause(work)).busyMs);
    }
    return shortest;
  };

  it.each([
    ['JSON bodies', 'application/json', JSON_BODIES],
    ['forms', 'application/x-www-form-urlencoded', FORMS],
  ])(
    'block the event loop for at most 100 ms and cause no 5xx: %s',
    async (_kind, type, bodies) => {
      const slow: string[] = [];
      for (const [name, body] of Object.entries(bodies)) {
        for (const [path, init] of routes) {
          let status = 0;
          const pause = await pauseOf(async () => (status = await send(path, init, type, body)));
          if (pause > MAX_PAUSE_MS) slow.push(`${path}, ${name}: ${Math.round(pause)} ms`);
          if (status >= 500) slow.push(`${path}, ${name}: ${status}`);
        }
      }
      expect(slow).toEqual([]);
      expect(({} as Record<string, unknown>).a).toBeUndefined();
    },
    120_000,
  );

  it.each([
    ['cookies', `Cookie: ${'a=b; '.repeat(3000)}`],
    ['cookies without a name', `Cookie: ${';'.repeat(15_000)}`],
    ['one long cookie', `Cookie: token=${'.'.repeat(15_000)}`],
    ['a query of many names', undefined, `?${Array.from({ length: 3000 }, (_, i) => `a${i}`).join('&')}`],
    ['a query of brackets', undefined, `?${'a[b]'.repeat(3000)}`],
    ['a query of escapes', undefined, `?a=${'%41'.repeat(5000)}`],
    ['a path of slashes', undefined, '/'.repeat(15_000)],
    ['99 headers', Array.from({ length: 90 }, (_, i) => `X-${i}: ${'x'.repeat(100)}`).join('\r\n')],
    ['500 headers', Array.from({ length: 500 }, (_, i) => `X-${i}: 1`).join('\r\n')],
    ['headers of 20 KB', `X: ${'x'.repeat(20_000)}`],
  ])('block the event loop for at most 100 ms: %s', async (_name, header = 'X-None: 1', rest = '') => {
    for (const path of ['/v1/client-api/user', '/v3/group_channels', '/webtools/survey', '/static/x']) {
      let answer = '';
      const pause = await pauseOf(async () => {
        const socket = connect(Number(new URL(apis.url).port), '127.0.0.1');
        socket.write(`GET ${path}${rest} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${header}\r\n\r\n`);
        answer = await text(socket);
      });
      expect(pause).toBeLessThan(MAX_PAUSE_MS);
      expect(answer).toMatch(/^HTTP\/1\.1 [234]\d\d /);
    }
  });
});
