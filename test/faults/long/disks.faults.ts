import { chmod, chown, mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../../src/core/database/embedded/embedded-postgres.js';
import { filesIn, FORM_TYPE, formBody } from '../../e2e/files/files-caller.js';
import { ApiError } from '../../support/client-api.js';
import { runSql } from '../../support/databases.js';
import { waitFor } from '../../support/wait-for.js';
import { Deployment, distinct, gather } from '../deployment.js';
import { report, secondsSince } from './report.js';
import { haveSmallDisks, type SmallDisk, smallDisk } from './small-disk.js';

const MEGABYTE = 1_000_000;
/** Only root can mount a file system. Otherwise F25 is skipped, and the table reports it. */
const itOnSmallDisks = haveSmallDisks() ? it : it.skip;
const isSkipped = itOnSmallDisks === it.skip;

beforeAll(() => {
  if (isSkipped)
    report({ fault: 'F25', what: 'full disks', note: 'left out: only root can mount a small file system' });
});

describe('a disk for files', () => {
  itOnSmallDisks('F25: rejects uploads with 507 while it is full', async () => {
    const disk = smallDisk(await mkdtemp(join(tmpdir(), 'parley-faults-files-')), 4);
    const deployment = await Deployment.start({ env: { FILES_DIR: disk.path } });
    try {
      const { cookie } = await deployment.client.logIn('Mia');
      const upload = (bytes: number) =>
        fetch(`${deployment.api.url}/v1/client-api/files`, {
          method: 'POST',
          headers: { cookie, 'content-type': FORM_TYPE },
          body: formBody([{ name: 'a.bin', content: Buffer.alloc(bytes, 'x') }]) as Uint8Array<ArrayBuffer>,
        });
      const refusal = await upload(8 * MEGABYTE);
      const { code } = (await refusal.json()) as { code: string };
      await waitFor(async () => (await filesIn(disk.path)).length === 0, { what: 'the removal of partial files' });
      const rows = await runSql(deployment.databaseUrl, 'SELECT FROM files');
      const small = await upload(MEGABYTE);
      disk.grow(64);
      const large = await upload(8 * MEGABYTE);
      const note = `refused with ${refusal.status} ${code}; a small file then ${small.status}, with more room ${large.status}`;
      report({ fault: 'F25', what: 'the disk for uploads is full', events: 3, note });
      expect([refusal.status, code, rows]).toEqual([507, 'file.no_space', []]);
      expect([small.ok, large.ok]).toEqual([true, true]);
    } finally {
      await deployment.stop();
      disk.remove();
    }
  });
});

describe('the disk of a database', () => {
  let folder: string;
  let postgres: EmbeddedPostgres;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-faults-postgres-'));
    await chmod(folder, 0o755);
    postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'data') });
  }, 60_000);
  afterEach(async () => {
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  });

  itOnSmallDisks('F25: rejects messages with 503 while it is full, and loses none', async () => {
    const disk = smallDisk(join(folder, 'disk'), 32);
    try {
      await fillUp(disk, await databaseOn(disk));
    } finally {
      await runSql(postgres.url, 'DROP DATABASE small WITH (FORCE)').catch(() => undefined);
      disk.remove();
    }
  });

  /** @returns the URL of a new database on this disk */
  async function databaseOn({ path }: SmallDisk): Promise<string> {
    const [data] = await runSql<{ folder: string }>(postgres.url, `SELECT current_setting('data_directory') AS folder`);
    const { uid, gid } = await stat(data.folder);
    const space = join(path, 'space');
    await mkdir(space);
    await chown(space, uid, gid);
    await runSql(postgres.url, `CREATE TABLESPACE small LOCATION '${space}'`);
    await runSql(postgres.url, 'CREATE DATABASE small TABLESPACE small');
    const url = new URL(postgres.url);
    url.pathname = '/small';
    return url.href;
  }

  async function fillUp(disk: SmallDisk, databaseUrl: string): Promise<void> {
    const deployment = await Deployment.start({ databaseUrl });
    const { client: api, sink } = deployment;
    try {
      const { chats } = await gather(deployment, 20);
      const accepted = new Set<string>();
      let turn = 0;
      const say = async (): Promise<void> => {
        const { person, id } = chats[turn++ % chats.length];
        accepted.add(`evt_${(await api.sendMessage(person, id, filler())).id}`);
      };
      const startedAt = performance.now();
      const refusal = await untilRefused(say);
      disk.grow(400);
      await waitFor(() => say().then(() => true), { what: 'an accepted message', timeoutMs: 15_000 });
      const delivered = () =>
        distinct(sink.received.filter(({ headers }) => accepted.has(String(headers['webhook-id']))));
      await waitFor(() => delivered() === accepted.size, { what: 'all accepted messages', timeoutMs: 60_000 });
      const stored = await runSql(databaseUrl, 'SELECT FROM messages');
      report({
        fault: 'F25 postgres',
        what: 'the disk of Postgres is full',
        events: accepted.size,
        lost: accepted.size - delivered(),
        seconds: secondsSince(startedAt),
        note: `refused with ${refusal.status}; taken again once there is room`,
      });
      expect([refusal.status, JSON.parse(refusal.body)]).toEqual([503, expect.objectContaining({ code: 'try_again' })]);
      expect(stored).toHaveLength(accepted.size);
    } finally {
      await deployment.stop();
    }
  }
});

async function untilRefused(say: () => Promise<void>): Promise<ApiError> {
  for (;;) {
    try {
      await Promise.all(Array.from({ length: 20 }, say));
    } catch (error) {
      if (error instanceof ApiError) return error;
      throw error;
    }
  }
}

/** Random text, which cannot be compressed. */
const filler = (): string =>
  Array.from({ length: 400 }, () => Math.random().toString(36).slice(2))
    .join('')
    .slice(0, 4000);
