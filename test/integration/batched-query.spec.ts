import { DataSource } from 'typeorm';
import { batchable, BatchedQuery } from '../../src/core/database/batched-query.js';
import { dataSourceOptions } from '../../src/core/database/data-source.js';
import { Database, statement } from '../../src/core/database/database.js';
import { createTestDatabase, runSql, type TestDatabase } from '../support/databases.js';
import { testSettings } from '../support/settings.js';

interface Note {
  id: number;
  body: string;
}

const NOTES = batchable(
  'test.notes_of',
  `WITH chosen AS (SELECT id, body FROM notes WHERE author = $1)
   SELECT id, body FROM chosen WHERE id < $2::text::bigint ORDER BY id DESC LIMIT $3`,
  ['text', 'text', 'integer'],
);
const INSERT = statement('test.insert_note', 'INSERT INTO notes (id, author, body) VALUES ($1, $2, $3)');

describe('BatchedQuery', () => {
  let testDatabase: TestDatabase;
  let dataSource: DataSource;
  let database: Database;
  let notes: BatchedQuery<Note>;
  let sent: jest.SpyInstance;

  beforeAll(async () => {
    testDatabase = await createTestDatabase('batched_query');
    const options = dataSourceOptions(testSettings({ DATABASE_URL: testDatabase.url, DATABASE_POOL_SIZE: 4 }));
    dataSource = await new DataSource({ ...options, logging: false }).initialize();
    database = new Database(dataSource);
    await runSql(testDatabase.url, 'CREATE TABLE notes (id bigint PRIMARY KEY, author text, body text)');
    for (const [id, author] of [
      [1, 'mia'],
      [2, 'leo'],
      [3, 'mia'],
      [4, 'mia'],
    ] as const)
      await database.query(INSERT, [id, author, `note ${id}`]);
    notes = new BatchedQuery<Note>(database, NOTES);
  });

  beforeEach(() => (sent = jest.spyOn(database, 'query')));
  afterEach(() => sent.mockRestore());

  afterAll(async () => {
    await dataSource.destroy();
    await testDatabase.drop();
  });

  const names = () => sent.mock.calls.map(([{ name }]) => name as string);
  const idsOf = async (author: string, before = '100', limit = 10): Promise<number[]> =>
    (await notes.query(author, before, limit)).map(({ id }) => id);

  it('runs the queries of one tick as one statement and returns the rows of each in their order', async () => {
    expect(
      await Promise.all([idsOf('mia'), idsOf('leo'), idsOf('eve'), idsOf('mia', '4'), idsOf('mia', '100', 1)]),
    ).toEqual([[4, 3, 1], [2], [], [3, 1], [4]]);
    expect(names()).toEqual(['test.notes_of.batch']);
  });

  it('returns the same rows as the plain statement', async () => {
    const [[alone], [, together]] = [
      await Promise.all([notes.query('leo', '100', 1)]),
      await Promise.all([notes.query('eve', '100', 1), notes.query('leo', '100', 1)]),
    ];
    expect(together).toEqual(alone);
    expect(names()).toEqual(['test.notes_of', 'test.notes_of.batch']);
  });

  it('runs each item alone, and at once, if the statement fails for one of them', async () => {
    const [slow, fast] = [notes.query('leo', 'x', 1), notes.query('mia', '100', 1)];
    await expect(slow).rejects.toMatchObject({ code: '22P02' });
    expect((await fast).map(({ id }) => id)).toEqual([4]);
    expect(names()).toEqual(['test.notes_of.batch', 'test.notes_of', 'test.notes_of']);
  });

  it('does not share a query that is to run alone', async () => {
    await Promise.all([notes.queryAlone('mia', '100', 10), notes.queryAlone('leo', '100', 10)]);
    expect(names()).toEqual(['test.notes_of', 'test.notes_of']);
  });

  it('rejects only the item with an invalid value', async () => {
    const results = await Promise.allSettled([idsOf('mia'), idsOf('leo', 'x'), idsOf('leo')]);
    expect(results).toEqual([
      { status: 'fulfilled', value: [4, 3, 1] },
      { status: 'rejected', reason: expect.objectContaining({ code: '22P02' }) },
      { status: 'fulfilled', value: [2] },
    ]);
  });

  it('reads what an open transaction has written, and nothing of that elsewhere', async () => {
    await database
      .transaction(async () => {
        await database.query(INSERT, [5, 'leo', '']);
        const outside = database.queryOutsideTransaction<Note>(NOTES.single, ['leo', '100', 10]);
        expect(await Promise.all([idsOf('leo'), idsOf('eve')])).toEqual([[5, 2], []]);
        expect((await outside).map(({ id }) => id)).toEqual([2]);
        throw new Error('roll back');
      })
      .catch(() => undefined);
    expect(names()).not.toContain('test.notes_of.batch');
  });
});
