import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import { startApp, type RunningApp } from '../../support/app.js';
import { EventSource } from '../../support/event-source.js';
import { createMigratedDatabase } from '../../support/migrated-database.js';
import type { TestDatabase } from '../../support/databases.js';
import { describeWithRedis, startRedis, type TestRedis } from '../../support/redis.js';
import { waitFor } from '../../support/wait-for.js';
import { ApiCaller, clientError, type ClientApis, startClientApis, type TestPerson } from './client-caller.js';

const LIMITS = {
  TRUST_PROXY: 1,
  SIGN_UPS_PER_MINUTE: 25,
  SIGN_UPS_PER_HOUR: 0,
  STREAMS_PER_USER: 2,
  STREAMS_PER_ADDRESS: 3,
  UPLOADS_PER_USER: 1,
  UPLOADS_PER_ADDRESS: 2,
};

/** A form of which only the beginning is sent. */
async function beginUpload({ cookie }: TestPerson, url: string, address: string): Promise<Socket> {
  const { port } = new URL(url);
  const socket = connect(Number(port), '127.0.0.1');
  await once(socket, 'connect');
  socket.on('error', () => undefined);
  socket.write(
    `POST /v1/client-api/files HTTP/1.1\r\nhost: x\r\ncookie: ${cookie}\r\nx-forwarded-for: ${address}\r\n` +
      `content-type: multipart/form-data; boundary=b\r\ncontent-length: 100000\r\n\r\n` +
      `--b\r\ncontent-disposition: form-data; name="file"; filename="a.txt"\r\ncontent-type: text/plain\r\n\r\nbegin`,
  );
  return socket;
}

function limitsAnonymousResources(
  start: () => Promise<ClientApis>,
  startSecond: (apis: ClientApis) => Promise<RunningApp>,
) {
  let apis: ClientApis;
  let second: RunningApp;
  let addresses = 0;

  beforeAll(async () => {
    apis = await start();
    second = await startSecond(apis);
  });
  afterAll(async () => {
    await second.close();
    await apis.close();
  });

  const newAddress = () => `203.0.113.${++addresses}`;
  const signUp = (address: string, url = apis.url) =>
    new ApiCaller(`${url}/v1/client-api`, { 'x-forwarded-for': address }).post('/user', { nickname: 'Alice' });
  const listen = ({ cookie }: TestPerson, address: string, url = apis.url) =>
    EventSource.open(`${url}/v1/client-api/events`, { cookie, 'x-forwarded-for': address });

  it('allows a burst of new users from one address up to its limit, over all processes', async () => {
    const address = newAddress();
    const office = Array.from({ length: 20 }, (_, i) => signUp(address, i % 2 ? second.url : apis.url));
    expect((await Promise.all(office)).map(({ status }) => status)).toEqual(office.map(() => 201));
    const crowd = Array.from({ length: 20 }, (_, i) => signUp(address, i % 2 ? second.url : apis.url));
    expect((await Promise.all(crowd)).filter(({ status }) => status === 201)).toHaveLength(5);
    const { status, headers, body } = await signUp(address, second.url);
    expect({ status, body }).toEqual({
      status: 429,
      body: clientError(expect.stringMatching(/^Too many sign-ups from this address: at most 25 per minute/), {
        code: 'user.too_many_sign_ups',
      }),
    });
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await signUp(newAddress())).status).toBe(201);
  });

  it('counts IPv6 addresses by network', async () => {
    const tries = Array.from({ length: 30 }, (_, i) => signUp(`2001:db8:0:${addresses}::${i + 1}`));
    expect((await Promise.all(tries)).filter(({ status }) => status === 201)).toHaveLength(25);
    expect((await signUp(`2001:db8:1:${addresses}::1`)).status).toBe(201);
  });

  it('limits the streams of a user, and those of an address, over all processes', async () => {
    const [address, other] = [newAddress(), newAddress()];
    const [alice, bob] = [await apis.signUp(), await apis.signUp()];
    const open = [await listen(alice, address), await listen(alice, address, second.url)];
    await expect(listen(alice, other)).rejects.toThrow('"code":"events.too_many"');
    open.push(await listen(bob, address));
    await expect(listen(bob, address, second.url)).rejects.toThrow('"code":"events.too_many_from_address"');
    open.push(await listen(bob, other, second.url));
    open[0].close();
    open.push(await waitFor(() => listen(alice, other).catch(() => undefined), { what: 'a free slot' }));
    for (const stream of open) stream.close();
  });

  it('frees the slots of pipelined streams when their connection closes', async () => {
    const alice = await apis.signUp();
    const address = newAddress();
    const { port } = new URL(apis.url);
    const socket = connect(Number(port), '127.0.0.1');
    const head = `host: x\r\ncookie: ${alice.cookie}\r\nx-forwarded-for: ${address}\r\n`;
    socket.write(`GET /v1/client-api/events HTTP/1.1\r\n${head}\r\n`.repeat(2));
    await once(socket, 'data'); // response to the first request; the second is pipelined
    socket.destroy();
    const streams = await waitFor(
      async () => {
        const both = await Promise.allSettled([1, 2].map(() => listen(alice, address)));
        const open = both.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
        if (open.length === 2) return open;
        return open.forEach((stream) => stream.close()) ?? null;
      },
      { what: 'two free slots' },
    );
    for (const stream of streams) stream.close();
  });

  it('limits the uploads of a user, and those of an address, over all processes', async () => {
    const address = newAddress();
    const [alice, bob, carol] = [await apis.signUp(), await apis.signUp(), await apis.signUp()];
    const upload = ({ cookie }: TestPerson, from: string) =>
      new ApiCaller(`${second.url}/v1/client-api`, { cookie, 'x-forwarded-for': from }).call('POST', '/files', {
        headers: { 'content-type': 'multipart/form-data; boundary=b' },
        body: '--b--\r\n',
      });
    const sockets = [await beginUpload(alice, apis.url, address), await beginUpload(bob, apis.url, address)];
    await waitFor(async () => (await upload(alice, newAddress())).body.code === 'file.too_many_uploads_of_user', {
      what: 'the limit of the user',
    });
    await waitFor(async () => (await upload(carol, address)).body.code === 'file.too_many_uploads_from_address', {
      what: 'the limit of the address',
    });
    for (const socket of sockets) socket.destroy();
    await waitFor(async () => (await upload(alice, address)).status === 400, { what: 'free slots' });
  });
}

describe('the limits of anonymous resources on PostgreSQL', () => {
  limitsAnonymousResources(
    () => startClientApis(LIMITS),
    ({ settings }) => startApp({ ...LIMITS, DATABASE_URL: settings.databaseUrl }),
  );
});

describeWithRedis('the limits of anonymous resources on Redis', () => {
  let redis: TestRedis;
  let database: TestDatabase;

  afterAll(async () => {
    await database.drop();
    await redis.stop();
  });

  limitsAnonymousResources(
    async () => {
      redis = (await startRedis())!;
      database = await createMigratedDatabase();
      return startClientApis({ ...LIMITS, DATABASE_URL: database.url, REDIS_URL: redis.url });
    },
    () => startApp({ ...LIMITS, DATABASE_URL: database.url, REDIS_URL: redis.url }),
  );
});

it('allows new users from one address up to its limit per hour', async () => {
  const apis = await startClientApis({ TRUST_PROXY: 1, SIGN_UPS_PER_MINUTE: 0, SIGN_UPS_PER_HOUR: 3 });
  try {
    const signUp = (address: string) =>
      new ApiCaller(`${apis.url}/v1/client-api`, { 'x-forwarded-for': address }).post('/user', { nickname: 'Alice' });
    for (let count = 1; count <= 3; count++) expect((await signUp('203.0.113.1')).status).toBe(201);
    expect(await signUp('203.0.113.1')).toMatchObject({
      status: 429,
      body: clientError(expect.stringMatching(/^Too many sign-ups from this address: at most 3 per hour/), {
        code: 'user.too_many_sign_ups',
      }),
    });
    expect((await signUp('203.0.113.2')).status).toBe(201);
  } finally {
    await apis.close();
  }
});

/** The paths of this process's open files; empty if the system does not report them. */
function openFiles(): string[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return []; // closed in the meantime
    }
  });
}

describe('stalled transfers', () => {
  let apis: ClientApis;
  let alice: TestPerson;

  beforeAll(async () => {
    apis = await startClientApis({ TRANSFER_STALL_SECONDS: 1, TRANSFER_MIN_BYTES_PER_SECOND: 1000 });
    alice = await apis.signUp();
  });
  afterAll(() => apis.close());

  it.each([
    ['sends nothing more', 0],
    ['sends next to nothing', 20],
  ])('closes the connection of an upload whose sender %s', async (_, bytes) => {
    const socket = await beginUpload(alice, apis.url, '203.0.113.1');
    const trickle = setInterval(() => bytes > 0 && socket.write('x'.repeat(bytes)), 100);
    await new Promise((resolve) => socket.once('close', resolve)); // with or without a reset
    clearInterval(trickle);
  });

  it('does not close the connection of a slow upload that makes progress', async () => {
    const socket = await beginUpload(alice, apis.url, '203.0.113.1');
    let isCut = false;
    socket.once('close', () => (isCut = true));
    let answer = '';
    socket.on('data', (data) => (answer += data.toString()));
    const rest =
      100_000 -
      Buffer.byteLength(
        `--b\r\ncontent-disposition: form-data; name="file"; filename="a.txt"\r\ncontent-type: text/plain\r\n\r\nbegin`,
      );
    const end = '\r\n--b--\r\n';
    let left = rest - end.length;
    while (left > 0) {
      const size = Math.min(left, 4000);
      socket.write('x'.repeat(size));
      left -= size;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    socket.write(end);
    await waitFor(() => answer !== '' || isCut, { what: 'a response' });
    expect([answer, isCut]).toEqual([expect.stringMatching(/^HTTP.1.1 200/), false]);
    socket.destroy();
  });

  it('does not close the connection of a response that this server is still working on', async () => {
    const accepted = once(apis.app.getHttpServer(), 'connection') as Promise<[Socket]>;
    const { port } = new URL(apis.url);
    const socket = connect(Number(port), '127.0.0.1');
    const [serverSide] = await accepted;
    socket.write(`GET /v1/client-api/events HTTP/1.1\r\nhost: x\r\ncookie: ${alice.cookie}\r\n\r\n`);
    await once(socket, 'data');
    await once(serverSide, 'timeout');
    expect(serverSide.destroyed).toBe(false);
    socket.destroy();
  });

  it('closes the connection of a download whose receiver does not read', async () => {
    const form = new FormData();
    form.append('file', new Blob([new Uint8Array(9_000_000).fill(120)], { type: 'text/plain' }), 'big.txt');
    const response = await fetch(`${apis.url}/v1/client-api/files`, {
      method: 'POST',
      headers: { cookie: alice.cookie },
      body: form,
    });
    const [{ path }] = (await response.json()) as [{ path: string }];
    const { port } = new URL(apis.url);
    const accepted = once(apis.app.getHttpServer(), 'connection') as Promise<[Socket]>;
    const socket = connect({ port: Number(port), host: '127.0.0.1' });
    socket.on('error', () => undefined);
    const [serverSide] = await accepted;
    // More than the buffers of the system can hold.
    socket.write(`GET /${path} HTTP/1.1\r\nhost: x\r\n\r\n`.repeat(6));
    await once(socket, 'readable'); // then stops reading
    await waitFor(() => serverSide.destroyed, { what: 'the closed connection', timeoutMs: 10_000 });
    socket.destroy();
    await waitFor(() => !openFiles().some((file) => file.endsWith(path)), { what: 'the closed files' });
  });
});
