import { setImmediate as nextTurn } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../src/core/database/data-source.js';
import { ConnectionLostError, Database, statement, settleAll } from '../../src/core/database/database.js';
import { GroupCommit } from '../../src/core/database/group-commit.js';
import { createTestDatabase, runSql, type TestDatabase } from '../support/databases.js';
import { testSettings } from '../support/settings.js';
import { waitFor } from '../support/wait-for.js';

const INSERT = statement('test.insert', 'INSERT INTO notes (id, body) VALUES ($1, $2)');
const READ = statement('test.read', 'SELECT id, body FROM notes ORDER BY id');
const TERMINATE_SELF = statement('test.terminate_self', 'SELECT pg_terminate_backend(pg_backend_pid())');
const OWN_PID = statement('test.pid', 'SELECT pg_backend_pid() AS pid');

interface Note {
  id: number;
  body: string;
}

describe('Database on PostgreSQL', () => {
  let testDatabase: TestDatabase;
  let dataSource: DataSource;
  let database: Database;
  let warn: jest.SpyInstance;

  beforeAll(async () => {
    testDatabase = await createTestDatabase('database');
    const options = dataSourceOptions(testSettings({ DATABASE_URL: testDatabase.url, DATABASE_POOL_SIZE: 4 }));
    dataSource = await new DataSource({ ...options, logging: false }).initialize();
    database = new Database(dataSource);
    warn = jest.spyOn(database['logger'], 'warn').mockReturnValue();
    await runSql(testDatabase.url, 'CREATE TABLE notes (id bigint PRIMARY KEY, body text NOT NULL)');
  });

  beforeEach(() => runSql(testDatabase.url, 'TRUNCATE notes'));

  afterAll(async () => {
    await dataSource.destroy();
    await testDatabase.drop();
  });

  const insert = (id: number, body = ''): Promise<object[]> => database.query(INSERT, [id, body]);
  const read = (): Promise<Note[]> => database.query<Note>(READ);
  const ids = async (): Promise<number[]> => (await read()).map(({ id }) => id);
  const ownPid = async (): Promise<number> => (await database.query<{ pid: number }>(OWN_PID))[0].pid;
  const terminate = (pid: number): Promise<object[]> => runSql(testDatabase.url, `SELECT pg_terminate_backend(${pid})`);

  it('reads a bigint as a number', async () => {
    await insert(2 ** 53 - 1);
    expect(await ids()).toEqual([2 ** 53 - 1]);
  });

  describe('transaction', () => {
    it('commits when the work resolves, and returns its result', async () => {
      const result = await database.transaction(async () => {
        expect(database.inTransaction).toBe(true);
        await insert(1);
        expect(await runSql(testDatabase.url, 'SELECT id FROM notes')).toEqual([]);
        return 'result';
      });
      expect(result).toBe('result');
      expect(database.inTransaction).toBe(false);
      expect(await ids()).toEqual([1]);
    });

    it('rolls back when the work throws', async () => {
      const work = async (): Promise<void> => {
        await insert(1);
        throw new Error('work failed');
      };
      await expect(database.transaction(work)).rejects.toThrow('work failed');
      expect(await ids()).toEqual([]);
    });

    it("includes nested transactions and TypeORM's manager", async () => {
      const work = async (): Promise<void> => {
        const outer = await ownPid();
        await database.transaction(async () => {
          expect(await ownPid()).toBe(outer);
          await insert(1);
        });
        const [{ pid }] = await database.manager.query<{ pid: number }[]>('SELECT pg_backend_pid() AS pid');
        expect(pid).toBe(outer);
        throw new Error('rolled back');
      };
      await expect(database.transaction(work)).rejects.toThrow('rolled back');
      expect(await ids()).toEqual([]);
    });

    it('isolates concurrent transactions', async () => {
      const pids = await Promise.all(
        [1, 2, 3].map((id) =>
          database.transaction(async () => {
            await insert(id);
            return ownPid();
          }),
        ),
      );
      expect(new Set(pids).size).toBe(3);
      expect(await ids()).toEqual([1, 2, 3]);
    });

    it('rejects if the work swallows the error of a statement', async () => {
      const work = async (): Promise<void> => {
        await insert(1);
        await insert(1).catch(() => undefined);
      };
      await expect(database.transaction(work)).rejects.toThrow('swallowed');
      expect(await ids()).toEqual([]);
    });

    it('reports the constraint that a commit violates', async () => {
      await runSql(
        testDatabase.url,
        'CREATE TABLE later (id int CONSTRAINT later_key UNIQUE DEFERRABLE INITIALLY DEFERRED)',
      );
      const work = () => database.query(statement('test.later', 'INSERT INTO later VALUES (1), (1)'));
      await expect(database.transaction(work)).rejects.toMatchObject({ constraint: 'later_key' });
    });

    it('runs work that outlives the transaction outside of it', async () => {
      let late: Promise<boolean> | undefined;
      await database.transaction(async () => {
        late = (async () => {
          while (database.inTransaction) await nextTurn();
          await insert(2);
          return database.inTransaction;
        })();
        await insert(1);
      });
      expect(await late).toBe(false);
      expect(await ids()).toEqual([1, 2]);
    });
  });

  describe('transactionThenRead', () => {
    const FAIL = statement('test.no_such_table', 'SELECT * FROM nothing_of_the_kind');

    it('returns reads that are sent with the COMMIT, and reads after it', async () => {
      const seen = await database.transactionThenRead(
        async () => {
          await insert(1);
          return 'made';
        },
        async (made) => {
          const atOnce = await ids();
          await nextTurn();
          expect(database.inTransaction).toBe(false);
          const elsewhere = await runSql<{ id: number }>(testDatabase.url, 'SELECT id FROM notes');
          return { made, atOnce, later: await ids(), elsewhere: elsewhere.length };
        },
      );
      expect(seen).toEqual({ made: 'made', atOnce: [1], later: [1], elsewhere: 1 });
    });

    it('rolls back and rejects if a read with the COMMIT fails, and calls no afterCommit callback', async () => {
      const committed = jest.fn();
      const work = async (): Promise<void> => {
        database.afterCommit(committed);
        await insert(1);
      };
      await expect(database.transactionThenRead(work, () => database.query(FAIL))).rejects.toMatchObject({
        code: '42P01',
      });
      expect(await ids()).toEqual([]);
      expect(committed).not.toHaveBeenCalled();
    });

    it('rejects without the reads if the COMMIT fails', async () => {
      await runSql(
        testDatabase.url,
        'CREATE TABLE at_last (id int CONSTRAINT at_last_key UNIQUE DEFERRABLE INITIALLY DEFERRED)',
      );
      const committed = jest.fn();
      const work = async (): Promise<void> => {
        database.afterCommit(committed);
        await insert(1);
        await database.query(statement('test.at_last', 'INSERT INTO at_last VALUES (1), (1)'));
      };
      const read = jest.fn(ids);
      await expect(database.transactionThenRead(work, read)).rejects.toMatchObject({ constraint: 'at_last_key' });
      expect(read).toHaveBeenCalledTimes(1);
      expect(committed).not.toHaveBeenCalled();
      expect(await ids()).toEqual([]);
    });

    it('reads in the open transaction if there is one', async () => {
      const work = async (): Promise<void> => {
        expect(await database.transactionThenRead(() => insert(1), ids)).toEqual([1]);
        expect(await runSql(testDatabase.url, 'SELECT id FROM notes')).toEqual([]);
        throw new Error('rolled back');
      };
      await expect(database.transaction(work)).rejects.toThrow('rolled back');
      expect(await ids()).toEqual([]);
    });
  });

  describe('statements that are sent together', () => {
    it('reject with the first error in their order after all have settled, and are rolled back', async () => {
      let last = false;
      const work = () =>
        settleAll([
          insert(1),
          insert(1),
          (async () => {
            await insert(2).catch(() => undefined);
            await nextTurn();
            last = true;
          })(),
        ]);
      await expect(database.transaction(work)).rejects.toMatchObject({ constraint: 'notes_pkey' });
      expect(last).toBe(true);
      expect(await ids()).toEqual([]);
    });

    it('form their own transaction', async () => {
      const [, rows] = await database.pipeline<[object[], Note[]]>([INSERT, [1, 'a']], [READ, []]);
      expect(rows).toEqual([{ id: 1, body: 'a' }]);
      const twice = database.pipeline<object[][]>([INSERT, [2, 'b']], [INSERT, [2, 'b']]);
      await expect(twice).rejects.toMatchObject({ constraint: 'notes_pkey' });
      expect(await ids()).toEqual([1]);
    });
  });

  describe('afterCommit', () => {
    it('calls callbacks after the commit, outside of the transaction', async () => {
      const seen: unknown[] = [];
      await database.transaction(async () => {
        await database.transaction(async () => database.afterCommit(() => seen.push(database.inTransaction)));
        await insert(1);
        expect(seen).toEqual([]);
      });
      expect(seen).toEqual([false]);
    });

    it('calls no callback after a rollback', async () => {
      const callback = jest.fn();
      const work = async (): Promise<void> => {
        database.afterCommit(callback);
        throw new Error('no');
      };
      await expect(database.transaction(work)).rejects.toThrow('no');
      expect(callback).not.toHaveBeenCalled();
    });

    it('calls the callback at once without a transaction, and logs a callback that throws', async () => {
      const error = jest.spyOn(database['logger'], 'error').mockReturnValue();
      const callback = jest.fn();
      database.afterCommit(callback);
      expect(callback).toHaveBeenCalledTimes(1);

      await database.transaction(async () => {
        database.afterCommit(() => {
          throw new Error('a bad callback');
        });
        database.afterCommit(callback);
        await insert(1);
      });
      expect(callback).toHaveBeenCalledTimes(2);
      expect(error).toHaveBeenCalledTimes(1);
      expect(await ids()).toEqual([1]);
    });
  });

  describe('a connection that is killed', () => {
    /** Commits take 5 s, so that the test can kill one. */
    const SLOW_COMMIT = `
      CREATE TABLE slow (id int);
      CREATE FUNCTION linger() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(5); RETURN NULL; END';
      CREATE CONSTRAINT TRIGGER slow_commit AFTER INSERT ON slow DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION linger();`;
    const INSERT_SLOW = statement('test.insert_slow', 'INSERT INTO slow VALUES (1)');

    it.each([
      ['between two statements', async () => void (await terminate(await ownPid()))],
      ['in a statement', async () => void (await database.query(TERMINATE_SELF))],
    ])('in a transaction, %s, fails only that transaction', async (_when, kill) => {
      const work = async (): Promise<void> => {
        await insert(1);
        await kill();
        await insert(2);
      };
      await expect(database.transaction(work)).rejects.toThrow(/connection error|terminating connection/);
      expect(await ids()).toEqual([]);
      await database.transaction(async () => void (await insert(3)));
      expect(await ids()).toEqual([3]);
      expect(warn).toHaveBeenCalledWith(expect.stringContaining('Rollback failed'));
    });

    it('during the commit, rejects with ConnectionLostError; a group commit does not retry', async () => {
      await runSql(testDatabase.url, SLOW_COMMIT);
      let pid = 0;
      const commit = jest.fn(async (items: number[]) => {
        await database.transaction(async () => {
          pid = await ownPid();
          await database.query(INSERT_SLOW);
        });
        return items.map((value) => ({ value }));
      });
      const group = new GroupCommit(commit, { maxItems: 10, maxInFlight: 1 });
      const writes = Promise.allSettled([group.write(1), group.write(2)]);
      const committing = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'COMMIT' AND state = 'active' AND pid = `;
      while (pid === 0 || (await runSql(testDatabase.url, `${committing}${pid}`)).length === 0) await nextTurn();

      const results = await writes;
      expect(results.map((result) => result.status === 'rejected' && result.reason)).toEqual([
        expect.any(ConnectionLostError),
        expect.any(ConnectionLostError),
      ]);
      expect(commit).toHaveBeenCalledTimes(1);
    });

    it('while idle, is replaced', async () => {
      const pids = await Promise.all([1, 2, 3, 4].map(() => database.transaction(ownPid)));
      await Promise.all(pids.map(terminate));
      await waitFor(() => database.pool.totalCount === 0, { what: 'the pool to drop its connections' });
      expect(await ids()).toEqual([]);
    });
  });

  it('rejects with ConnectionLostError if the database does not exist', async () => {
    const gone = await createTestDatabase('gone');
    const options = dataSourceOptions(testSettings({ DATABASE_URL: gone.url }));
    const source = await new DataSource({ ...options, logging: false }).initialize();
    await gone.drop();
    const orphan = new Database(source);
    await waitFor(() => orphan.pool.totalCount === 0, { what: 'the pool to drop its connections' });
    await expect(orphan.transaction(async () => undefined)).rejects.toThrow(ConnectionLostError);
    await source.destroy();
  });
});
