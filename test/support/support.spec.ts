import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { createTestDatabase, runSql } from './databases.js';
import { freePort, spawnNode } from './processes.js';
import { describeWithRedis, startRedis, type TestRedis } from './redis.js';
import { waitFor } from './wait-for.js';

describe('createTestDatabase', () => {
  it('creates isolated empty databases and copies of a template', async () => {
    const template = await createTestDatabase('template');
    await runSql(template.url, 'CREATE TABLE copied (id int)');
    const [copy, empty] = await Promise.all([createTestDatabase({ template }), createTestDatabase()]);

    expect(await runSql(copy.url, 'SELECT * FROM copied')).toEqual([]);
    await expect(runSql(empty.url, 'SELECT * FROM copied')).rejects.toThrow('does not exist');

    await Promise.all([template, copy, empty].map((database) => database.drop()));
    await expect(runSql(copy.url, 'SELECT 1')).rejects.toThrow('does not exist');
  });
});

describe('waitFor', () => {
  it('returns the last result of the condition', async () => {
    let calls = 0;
    expect(await waitFor(() => (++calls < 3 ? undefined : calls), { what: 'the third call' })).toBe(3);
  });

  it('reports the awaited condition and the last error', async () => {
    const condition = (): never => {
      throw new Error('not there');
    };
    await expect(waitFor(condition, { what: 'the condition', timeoutMs: 50 })).rejects.toThrow(
      'Timed out after 50 ms waiting for the condition: not there',
    );
  });
});

describe('spawnNode', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-spawn-'));
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function script(text: string): Promise<string> {
    const path = join(folder, 'script.js');
    await writeFile(path, text);
    return path;
  }

  it('waits for a line or a healthy URL, and kills the process', async () => {
    const port = String(await freePort());
    const server = spawnNode(
      await script(
        `require('node:http').createServer((_, response) => response.end('well'))
           .listen(process.env.PORT, () => console.log('listening on', process.env.PORT));`,
      ),
      [],
      { env: { PORT: port } },
    );
    expect(await server.waitUntilReady(/listening/)).toBe(`listening on ${port}`);
    await server.waitUntilReady(new URL(`http://127.0.0.1:${port}/`));
    expect(await server.kill('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('reports the output of a process that ends before it is ready', async () => {
    const broken = spawnNode(await script(`throw new Error('startup failed')`));
    for (const sign of [/never/, new URL('http://127.0.0.1:1/')]) {
      await expect(broken.waitUntilReady(sign)).rejects.toThrow(/ended with code 1.*startup failed/s);
    }
  });
});

describeWithRedis('startRedis', () => {
  let redis: TestRedis;
  let client: Redis;

  beforeAll(async () => {
    redis = (await startRedis())!;
    client = new Redis(redis.url, { retryStrategy: () => 20 });
    client.on('error', () => undefined);
  });

  afterAll(async () => {
    client.disconnect();
    await redis.stop();
  });

  it('loses its data on a flush, and restarts at the same URL after SIGKILL', async () => {
    await client.set('key', 'value');
    await redis.flushAll();
    expect(await client.get('key')).toBeNull();

    await redis.kill();
    await redis.restart();
    expect(await client.ping()).toBe('PONG');
  });
});
