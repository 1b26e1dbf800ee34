import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { PubSub } from '../../src/core/pubsub/pubsub.js';
import type { TestDatabase } from '../support/databases.js';
import { type RunningDomain, startDomain } from '../support/domain.js';
import { createMigratedDatabase } from '../support/migrated-database.js';
import { freePort, type RunningProgram, spawnProgram } from '../support/processes.js';
import { respondOk, type Sink, startSink } from '../support/sink.js';
import { waitFor } from '../support/wait-for.js';
import { deliveryFixtures } from './delivery-fixtures.js';

function pgbouncerVersion(): number | undefined {
  try {
    const [, major, minor] = /PgBouncer (\d+)\.(\d+)/.exec(execFileSync('pgbouncer', ['--version']).toString())!;
    return Number(major) * 1000 + Number(minor);
  } catch {
    return undefined; // not installed
  }
}

const version = pgbouncerVersion();
/** PgBouncer does not run as root. */
const account = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

(version === undefined ? describe.skip : describe)(
  `behind a PgBouncer in transaction mode${version === undefined ? ' (skipped: pgbouncer is not on the PATH)' : ''}`,
  () => {
    let folder: string;
    let bouncer: RunningProgram;
    let database: TestDatabase;
    let pooled: URL;
    let domain: RunningDomain;
    let sink: Sink;
    const { query, aChat, deliveriesOf, at } = deliveryFixtures(
      () => domain,
      () => sink,
    );

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'parley-pgbouncer-'));
      await chmod(folder, 0o755);
      database = await createMigratedDatabase('pgbouncer');
      const direct = new URL(database.url);
      pooled = new URL(database.url);
      pooled.port = String(await freePort());
      pooled.hostname = '127.0.0.1';
      const users = `"${decodeURIComponent(direct.username)}" "${decodeURIComponent(direct.password)}"\n`;
      await writeFile(join(folder, 'users.txt'), users);
      const server = `host=${direct.hostname} port=${direct.port} dbname=${database.name} user=${direct.username} password=${decodeURIComponent(direct.password)}`;
      const settings = [
        '[databases]',
        `${database.name} = ${server}`,
        '[pgbouncer]',
        `listen_addr = 127.0.0.1`,
        `listen_port = ${pooled.port}`,
        'unix_socket_dir =',
        'auth_type = trust',
        `auth_file = ${join(folder, 'users.txt')}`,
        'pool_mode = transaction',
        'default_pool_size = 3', // fewer than clients
        ...(version! >= 1021 ? ['max_prepared_statements = 500'] : []),
      ];
      await writeFile(join(folder, 'pgbouncer.ini'), settings.join('\n'));
      bouncer = spawnProgram('pgbouncer', [join(folder, 'pgbouncer.ini')], account);
      const connect = async () => {
        const client = new pg.Client({ connectionString: pooled.href });
        await client.connect();
        await client.end();
        return true;
      };
      await waitFor(connect, { what: 'PgBouncer' }).catch((error: Error) => {
        throw new Error(`${error.message}\n${bouncer.output}`);
      });
      sink = await startSink();
      domain = await startDomain({
        worker: true,
        ROLES: ['api', 'worker'],
        DATABASE_URL: pooled.href,
        DATABASE_DIRECT_URL: database.url,
        DATABASE_PREPARED_STATEMENTS: version! >= 1021,
      });
    });

    afterAll(async () => {
      await domain?.close();
      await sink?.close();
      await bouncer?.kill('SIGKILL');
      await database?.drop();
      await rm(folder, { recursive: true, force: true });
    });

    beforeEach(() => sink.setBehaviour(respondOk));

    it('stores and delivers messages', async () => {
      const chats = await Promise.all(Array.from({ length: 8 }, () => aChat()));
      await Promise.all(chats.flatMap(({ say }) => Array.from({ length: 10 }, (_, i) => say(`message ${i}`))));
      for (const { chat, path } of chats) {
        await waitFor(async () => (await deliveriesOf(chat.id)).length === 10, { what: 'all deliveries' });
        expect(at(path).map(({ body }) => (JSON.parse(body) as { body: string }).body)).toEqual(
          Array.from({ length: 10 }, (_, i) => `message ${i}`),
        );
      }
    });

    it('delivers live messages', async () => {
      let count = 0;
      const live = domain.module.get(PubSub, { strict: false });
      live.subscribe('test', () => count++);
      live.publish('test', {});
      await waitFor(() => count === 1, { what: 'the message' });
    });

    it('rejects a message to a locked chat with try_again', async () => {
      const { chat, say } = await aChat();
      const locker = new pg.Client({ connectionString: database.url });
      await locker.connect();
      await locker.query('BEGIN');
      await locker.query('SELECT FROM chats WHERE id = $1 FOR UPDATE', [chat.id]);
      await expect(say('late')).rejects.toMatchObject({ code: 'try_again' });
      await locker.end();
      expect(await query('SELECT FROM messages WHERE chat_id = $1', [chat.id])).toEqual([]);
    });
  },
);
