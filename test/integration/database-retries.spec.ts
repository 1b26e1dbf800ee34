import { setImmediate as nextTurn } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../src/core/database/data-source.js';
import { Database, TransactionConflictError, statement, settleAll } from '../../src/core/database/database.js';
import { createTestDatabase, runSql, type TestDatabase } from '../support/databases.js';
import { testSettings } from '../support/settings.js';

const INSERT = statement('test.insert', 'INSERT INTO notes (id, body) VALUES ($1, $2)');
const READ = statement('test.read', 'SELECT id, body FROM notes ORDER BY id');
const UPDATE = statement('test.update', 'UPDATE notes SET body = $2 WHERE id = $1');

interface Note {
  id: number;
  body: string;
}

describe('Database, retries of transactions', () => {
  let testDatabase: TestDatabase;
  let dataSource: DataSource;
  let database: Database;

  beforeAll(async () => {
    testDatabase = await createTestDatabase('retries');
    const options = dataSourceOptions(testSettings({ DATABASE_URL: testDatabase.url, DATABASE_POOL_SIZE: 4 }));
    dataSource = await new DataSource({ ...options, logging: false }).initialize();
    database = new Database(dataSource);
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

  it('rolls back and retries the work after an TransactionConflictError', async () => {
    let runs = 0;
    const work = async (): Promise<number> => {
      await insert(++runs);
      if (runs < 3) throw new TransactionConflictError('Another transaction was faster.');
      return runs;
    };
    expect(await database.transaction(work)).toBe(3);
    expect(await ids()).toEqual([3]);
  });

  it('retries the work after a deadlock', async () => {
    await insert(1);
    await insert(2);
    let runs = 0;
    let holders = 0;
    const updateBoth = (first: number, second: number) => async (): Promise<void> => {
      runs++;
      await database.query(UPDATE, [first, `by ${first}`]);
      holders++;
      while (holders < 2) await nextTurn();
      await database.query(UPDATE, [second, `by ${first}`]);
    };
    await Promise.all([database.transaction(updateBoth(1, 2)), database.transaction(updateBoth(2, 1))]);
    expect(runs).toBe(3);
    const [one, two] = await read();
    expect(one.body).toBe(two.body);
  });

  type Run = (work: () => Promise<unknown>) => Promise<unknown>;
  it.each<[string, Run]>([
    ['transaction', (work) => database.transaction(work)],
    ['transactionThenRead', (work) => database.transactionThenRead(work, ids)],
  ])('retries the work of a %s if a consequence of the deadlock is awaited first', async (_, run) => {
    await Promise.all([insert(1), insert(2)]);
    let runs = 0;
    let holders = 0;
    const updateBoth = (first: number, second: number) => async (): Promise<void> => {
      runs++;
      await database.query(UPDATE, [first, `by ${first}`]);
      holders++;
      while (holders < 2) await nextTurn();
      const update = database.query(UPDATE, [second, `by ${first}`]);
      await settleAll([ids(), update]);
    };
    await Promise.all([run(updateBoth(1, 2)), run(updateBoth(2, 1))]);
    expect(runs).toBe(3);
  });

  it('retries statements that are sent together after a deadlock', async () => {
    await Promise.all([insert(1), insert(2)]);
    const PAUSE = statement('test.pause', 'SELECT pg_sleep(0.3)');
    const updateBoth = (first: number, second: number) =>
      database.pipeline<object[][]>([UPDATE, [first, 'x']], [PAUSE, []], [UPDATE, [second, 'x']]);
    await Promise.all([updateBoth(1, 2), updateBoth(2, 1)]);
    expect((await read()).map(({ body }) => body)).toEqual(['x', 'x']);
  });

  it('runs the work at most four times on serialization failures, and calls afterCommit callbacks once', async () => {
    const committed = jest.fn();
    let runs = 0;
    const fail = statement('test.fail', `DO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '40001'; END $$`);
    const work = (failures: number) => async (): Promise<void> => {
      runs++;
      database.afterCommit(committed);
      await insert(1);
      if (runs <= failures) await database.query(fail);
    };
    await database.transaction(work(3));
    expect(runs).toBe(4);
    expect(committed).toHaveBeenCalledTimes(1);
    expect(await ids()).toEqual([1]);

    runs = 0;
    await runSql(testDatabase.url, 'TRUNCATE notes');
    await expect(database.transaction(work(99))).rejects.toMatchObject({ code: '40001' });
    expect(runs).toBe(4);
  });

  it('does not retry on other errors', async () => {
    const work = jest.fn(() => insert(1).then(() => insert(1)));
    await expect(database.transaction(work)).rejects.toMatchObject({ code: '23505' });
    expect(work).toHaveBeenCalledTimes(1);
  });
});
