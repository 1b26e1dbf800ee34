import { createServer, type Server } from 'node:http';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type FileStorage, MissingObjectError } from '../../src/modules/files/storage/file-storage.js';
import { FolderStorage } from '../../src/modules/files/storage/folder.storage.js';
import { S3Storage } from '../../src/modules/files/storage/s3.storage.js';
import { filesIn } from '../e2e/files/files-caller.js';
import { startS3 } from '../e2e/files/s3-server.js';

const KEY = 'static/files/0123.txt';

interface Subject {
  storage: FileStorage;
  keys(): Promise<string[]>;
  close(): Promise<void>;
}

const bucketAt = (port: number): S3Storage =>
  new S3Storage({
    bucket: 'b',
    region: 'us-east-1',
    endpoint: `http://127.0.0.1:${port}`,
    credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
  });

function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}

async function startFolder(): Promise<Subject> {
  const root = await mkdtemp(join(tmpdir(), 'parley-storage-'));
  return {
    storage: new FolderStorage(root),
    keys: () => filesIn(root),
    close: () => rm(root, { recursive: true }),
  };
}

async function startBucket(): Promise<Subject> {
  const s3 = await startS3();
  const storage = new S3Storage({
    bucket: s3.settings.S3_BUCKET!,
    region: 'us-east-1',
    endpoint: s3.settings.S3_ENDPOINT,
    credentials: { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' },
  });
  return {
    storage,
    keys: () => s3.keys(),
    close: async () => {
      storage.onApplicationShutdown();
      await s3.stop();
    },
  };
}

describe.each([
  ['FolderStorage', startFolder],
  ['S3Storage, on an S3-compatible server', startBucket],
])('%s', (_name, start) => {
  let subject: Subject;
  let folder: string;

  beforeAll(async () => {
    subject = await start();
    folder = await mkdtemp(join(tmpdir(), 'parley-local-'));
  });

  afterAll(async () => {
    await subject.close();
    await rm(folder, { recursive: true });
  });

  async function put(content: string): Promise<void> {
    const path = join(folder, 'local');
    await writeFile(path, content);
    await subject.storage.put(KEY, { path, sizeBytes: Buffer.byteLength(content) }, 'text/plain');
  }

  it('stores content under its key', async () => {
    await put('hello');
    expect(await subject.keys()).toEqual([KEY]);
    expect(await text(await subject.storage.open(KEY))).toBe('hello');
    await subject.storage.check();
  });

  it('replaces existing content', async () => {
    await put('another');
    expect(await text(await subject.storage.open(KEY))).toBe('another');
  });

  it('reads a range', async () => {
    expect(await text(await subject.storage.open(KEY, { first: 2, last: 4 }))).toBe('oth');
    expect(await text(await subject.storage.open(KEY, { first: 6, last: 6 }))).toBe('r');
  });

  it('deletes an object, and ignores a missing one', async () => {
    await subject.storage.delete(KEY);
    await subject.storage.delete(KEY);
    expect(await subject.keys()).toEqual([]);
  });

  it('rejects a missing key with MissingObjectError', async () => {
    await expect(subject.storage.open(KEY)).rejects.toBeInstanceOf(MissingObjectError);
  });
});

it('S3Storage rejects a response with more bytes than requested', async () => {
  const server = createServer((_request, response) => response.writeHead(206).end('everything'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const storage = bucketAt((server.address() as AddressInfo).port);
  await expect(storage.open(KEY, { first: 0, last: 0 })).rejects.toThrow('other bytes');
  storage.onApplicationShutdown();
  await closeServer(server);
});

it('FolderStorage rejects keys outside of its folder', async () => {
  const storage = new FolderStorage('/nowhere');
  for (const key of ['../etc/passwd', '/etc/passwd', 'static/../../x.txt', 'static/files/..', 'static//x.txt']) {
    await expect(storage.open(key)).rejects.toBeInstanceOf(MissingObjectError);
  }
});

describe('S3Storage, on a failing store', () => {
  async function attempt(statuses: number[]): Promise<{ bodies: string[]; outcome: unknown }> {
    const bodies: string[] = [];
    const server = createServer((request, response) => {
      void text(request).then((body) => response.writeHead(statuses[bodies.push(body) - 1] ?? 200).end());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const storage = bucketAt((server.address() as AddressInfo).port);
    const folder = await mkdtemp(join(tmpdir(), 'parley-local-'));
    const path = join(folder, 'local');
    await writeFile(path, 'hello');
    const outcome = await storage.put(KEY, { path, sizeBytes: 5 }, 'text/plain').catch((error: unknown) => error);
    storage.onApplicationShutdown();
    await closeServer(server);
    await rm(folder, { recursive: true });
    return { bodies, outcome };
  }

  it('sends the whole file again', async () => {
    expect(await attempt([500, 503])).toEqual({ bodies: ['hello', 'hello', 'hello'], outcome: undefined });
  });

  it('fails after three attempts', async () => {
    const { bodies, outcome } = await attempt([500, 500, 500, 500]);
    expect(bodies).toHaveLength(3);
    expect(outcome).toBeInstanceOf(Error);
  });

  it('does not retry after 403', async () => {
    const { bodies, outcome } = await attempt([403]);
    expect(bodies).toHaveLength(1);
    expect(outcome).toBeInstanceOf(Error);
  });
});
