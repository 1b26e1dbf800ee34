import { HealthRegistry } from '../../src/core/health/health-registry.js';
import { Database, statement } from '../../src/core/database/database.js';
import { isOutage } from '../../src/core/database/outage.js';
import { PubSub } from '../../src/core/pubsub/pubsub.js';
import { UsersService } from '../../src/modules/users/index.js';
import { adminUrl, runSql } from '../support/databases.js';
import { type RunningDomain, startDomain } from '../support/domain.js';
import { waitFor } from '../support/wait-for.js';

/** A failover from the view of a process: its server rejects writes, another one accepts them. */
describe('a database that becomes read-only', () => {
  let domain: RunningDomain;
  let name: string;

  beforeAll(async () => {
    domain = await startDomain();
    name = new URL(domain.settings.databaseUrl).pathname.slice(1);
  });
  afterAll(() => domain.close());
  afterEach(() => setReadOnly('off'));

  const get = <T>(type: abstract new (...args: never[]) => T): T => domain.module.get(type as never, { strict: false });
  /** Applies to new sessions. */
  const setReadOnly = (value: 'on' | 'off') =>
    runSql(adminUrl(), `ALTER DATABASE "${name}" SET default_transaction_read_only = ${value}`);
  const pids = async () =>
    (
      await runSql<{ pid: number }>(
        domain.settings.databaseUrl,
        `SELECT pid FROM pg_stat_activity WHERE datname = '${name}' AND application_name IN ('parley', 'parley-live')`,
      )
    ).map(({ pid }) => pid);
  const signUp = () => get(UsersService).create({ kind: 'person', nickname: 'Mia' });

  const PID = statement('test.pid', 'SELECT pg_backend_pid() AS pid');
  const READ_ONLY = statement('test.read_only', 'SET default_transaction_read_only = on');
  /** Applies to all connections of the pool. */
  const makeSessionsReadOnly = () =>
    Promise.all(Array.from({ length: domain.settings.DATABASE_POOL_SIZE }, () => get(Database).query(READ_ONLY)));

  it('counts as an outage, and replaces all connections by those of a writable server', async () => {
    await signUp();
    await makeSessionsReadOnly();
    const before = await pids();
    expect(before.length).toBeGreaterThan(1);
    const refused = await signUp().catch((error: unknown) => error);
    expect(isOutage(refused)).toBe(true);
    await waitFor(async () => (await pids()).every((pid) => !before.includes(pid)), { what: 'other connections' });
    await signUp();
    expect((await get(HealthRegistry).report()).checks.database).toBe('ok');

    let isReceived = false;
    get(PubSub).subscribe('test', () => (isReceived = true));
    await waitFor(
      () => {
        get(PubSub).publish('test', {});
        return isReceived;
      },
      { what: 'a message on the new live connection' },
    );
  });

  it('is noticed by the health check where nothing is written', async () => {
    await makeSessionsReadOnly();
    const before = await pids();
    const replacing = jest.spyOn(get(Database), 'replaceConnections');
    const report = () => get(HealthRegistry).report();
    expect((await report()).checks.database).not.toBe('ok');
    expect(replacing).toHaveBeenCalled();
    replacing.mockRestore();
    await waitFor(
      async () => {
        await report();
        return (await pids()).every((pid) => !before.includes(pid));
      },
      { what: 'other connections' },
    );
  });

  it('does not interrupt the connections in use, and replaces each when it is released', async () => {
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    let used = 0;
    const using = get(Database).transaction(async () => {
      [{ pid: used }] = await get(Database).query<{ pid: number }>(PID);
      await released;
    });
    await waitFor(() => used > 0, { what: 'the connection in use' });
    await Promise.all(Array.from({ length: 5 }, () => get(Database).query(PID)));
    const others = (await pids()).filter((pid) => pid !== used);
    expect(others).not.toEqual([]);
    await waitFor(
      async () => {
        get(Database).replaceConnections();
        return (await pids()).every((pid) => !others.includes(pid));
      },
      { what: 'the replacement of the other connections' },
    );
    expect(await pids()).toContain(used);
    release();
    await using;
    await waitFor(async () => !(await pids()).includes(used), { what: 'its replacement' });
  });

  it('fails the readiness check until a server accepts writes', async () => {
    await setReadOnly('on');
    await makeSessionsReadOnly();
    const report = () => get(HealthRegistry).report();
    const areAll = async (status: string) => {
      const reports = [await report(), await report(), await report(), await report()];
      return reports.every((report) => report.status === status);
    };
    await waitFor(() => areAll('unavailable'), { what: 'the failing check' });
    await setReadOnly('off');
    await waitFor(() => areAll('ok'), { what: 'the passing check' });
    await signUp();
  });
});
