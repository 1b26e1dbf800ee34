import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { json, text } from 'node:stream/consumers';
import fc from 'fast-check';
import { UploadTasksService } from '../../../src/modules/files/index.js';
import type { Actor } from '../../../src/modules/auth/index.js';
import { longestPause } from '../../support/event-loop-watch.js';
import { TEST_SECRETS } from '../../support/settings.js';
import type { TestPerson } from '../client/client-caller.js';
import { BOUNDARY, type FilesApp, FORM_TYPE, formBody, type Part, startFiles } from './files-caller.js';
import { HOSTILE_FILES, HOSTILE_NAMES, type HostileFile, repeated } from './hostile-files.js';
import { makeGif, makeJpeg, makePdf, makePng, makeWebp } from './images.js';

const MAX_PAUSE_MS = 100;
/**
 * The shortest of several attempts counts; most uploads need one. A pause of the machine affects single attempts, a pause of the
 * upload itself affects all.
 */
const TRIES = 10;

let app: FilesApp;
let alice: TestPerson;
let bot: Actor;

beforeAll(async () => {
  app = await startFiles();
  alice = await app.signUp();
  bot = { kind: 'bot', id: (await app.createBot()).id, scopes: [] };
  const headers = { 'api-token': TEST_SECRETS.API_TOKEN, 'content-type': 'application/json' };
  const channel = { channel_url: 'lunch', user_ids: [alice.id] };
  const made = await fetch(`${app.url}/v3/group_channels`, { method: 'POST', headers, body: JSON.stringify(channel) });
  expect(made.status).toBe(200);
  for (const send of Object.values(ROUTES)) await send([{ name: 'warm.png', content: makePng() }]);
});

afterAll(() => app.close());

interface Outcome {
  status: number;
  body: unknown;
}

async function post(path: string, headers: Record<string, string>, body: Buffer): Promise<Outcome> {
  const sent = request(app.url + path, { method: 'POST', headers: { 'content-type': FORM_TYPE, ...headers } });
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return { status: response.statusCode!, body: await json(response) };
}

/** All upload routes. */
const ROUTES = {
  client: (parts: Part[]) => post('/v1/client-api/files', { cookie: alice.cookie }, formBody(parts)),
  connector: async (parts: Part[]) => {
    const size = Buffer.byteLength(parts[0].content);
    const task = await app.app.get(UploadTasksService).create(bot, { sizeBytes: size });
    return post('/bridge/api/client/v1/files', { 'upload-task-id': task }, formBody(parts));
  },
  platform: (parts: Part[]) =>
    post(
      '/v3/group_channels/lunch/messages',
      { 'api-token': TEST_SECRETS.API_TOKEN },
      formBody([...parts, { field: 'message_type', content: 'FILE' }, { field: 'user_id', content: alice.id }]),
    ),
};
type Route = keyof typeof ROUTES;

/** Uploads a file until a try has stopped the event loop for less than is allowed. @returns the shortest of the longest pauses */
async function pauseOf(route: Route, { name, content }: Omit<HostileFile, 'what'>): Promise<number> {
  let shortest = Infinity;
  for (let tries = 0; tries < TRIES && shortest > MAX_PAUSE_MS; tries++) {
    const { busyMs } = await longestPause(async () => {
      const { status, body } = await ROUTES[route]([{ name, content }]);
      if (status >= 500) throw new Error(`The upload is answered ${status}: ${JSON.stringify(body)}`);
    });
    shortest = Math.min(shortest, busyMs);
  }
  return shortest;
}

/** All routes share the code that reads files: one route tests all files, the others one in five. */
const filesOf = (route: Route): HostileFile[] =>
  HOSTILE_FILES.filter((_file, index) => route === 'client' || index % 5 === 0);

describe.each(Object.keys(ROUTES) as Route[])('on the %s route', (route) => {
  it.each(filesOf(route))('does not block the event loop while reading $what', async (file) => {
    expect(await pauseOf(route, file)).toBeLessThan(MAX_PAUSE_MS);
  });

  it('does not block the event loop while sanitizing a hostile file name', async () => {
    for (const name of HOSTILE_NAMES) {
      expect(await pauseOf(route, { name, content: Buffer.from('x') })).toBeLessThan(MAX_PAUSE_MS);
    }
  });
});

it('does not block the event loop while reading random files', async () => {
  const heads = [
    makePng(),
    makeJpeg(3, 2),
    makeGif(),
    makeWebp(3, 2),
    makePdf(),
    Buffer.from('PK\x03\x04'),
    Buffer.from('ID3\x03'),
  ];
  const bytes = fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(0, 1, 2, 0xff, 0x2c, 0x21, 0xda, 0xe1));
  const hostile = fc.record({
    head: fc.constantFrom(...heads),
    keep: fc.integer({ min: 0, max: 60 }),
    unit: fc.array(bytes, { minLength: 1, maxLength: 14 }),
    route: fc.constantFrom(...(Object.keys(ROUTES) as Route[])),
  });
  await fc.assert(
    fc.asyncProperty(hostile, async ({ head, keep, unit, route }) => {
      const content = repeated(head.subarray(0, keep), Buffer.from(unit));
      expect(await pauseOf(route, { name: 'hostile', content })).toBeLessThan(MAX_PAUSE_MS);
    }),
    { seed: 20_261_130, numRuns: 60 },
  );
});

const bareParts = (count: number): Buffer => Buffer.from(`--${BOUNDARY}\r\na:b\r\n\r\n\r\n`.repeat(count));

it.each<[string, Part[] | undefined]>([
  ['60,000 parts that are neither files nor fields', undefined],
  ['25,000 empty parts', Array.from({ length: 25_000 }, () => ({ field: 'x', content: '' }))],
  [
    '2,000 parts with long heads',
    Array.from({ length: 2000 }, () => ({ field: 'x', name: ';a=b'.repeat(250), content: '' })),
  ],
  ['content that almost ends the part', [{ name: 'a.txt', content: '\r\n--a-boundary-of-the-test'.repeat(76_000) }]],
  ['a content type of 14,000 parameters', [{ name: 'a.txt', type: `text/plain${';a=b'.repeat(3500)}`, content: 'x' }]],
])('keeps the event loop free while it reads a form of %s', async (_what, parts) => {
  let shortest = Infinity;
  for (let tries = 0; tries < TRIES && shortest > MAX_PAUSE_MS; tries++) {
    const body = parts ? formBody(parts) : bareParts(60_000);
    const { busyMs } = await longestPause(() => post('/v1/client-api/files', { cookie: alice.cookie }, body));
    shortest = Math.min(shortest, busyMs);
  }
  expect(shortest).toBeLessThan(MAX_PAUSE_MS);
});

it('reads a form in chunks of one byte', async () => {
  const form = formBody([{ name: 'a.txt', content: 'x'.repeat(100_000) }]);
  const chunks = [...form].map((byte) => `1\r\n${String.fromCharCode(byte)}\r\n`).join('');
  const head = `POST /v1/client-api/files HTTP/1.1\r\nhost: x\r\ncookie: ${alice.cookie}\r\ncontent-type: ${FORM_TYPE}\r\n`;
  const body = Buffer.from(
    `${head}connection: close\r\ntransfer-encoding: chunked\r\n\r\n${chunks}0\r\n\r\n`,
    'latin1',
  );
  const { port, hostname } = new URL(app.url);
  const socket = connect(Number(port), hostname);
  socket.write(body);
  const answer = await text(socket);
  expect(answer).toContain('HTTP/1.1 200');
  expect(answer).toContain('"size":100000');
});
