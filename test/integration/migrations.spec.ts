import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createIndexConcurrently, dropIndexConcurrently } from '../../src/core/database/concurrent-index.js';
import { migrate } from '../../src/core/database/migrate.js';
import { createTestDatabase, runSql, type TestDatabase } from '../support/databases.js';
import { testSettings } from '../support/settings.js';

class CreateThings1000000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE things (size integer NOT NULL)');
  }

  async down(): Promise<void> {}
}

class IndexThings1000000000002 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await createIndexConcurrently(runner, { name: 'things_size_idx', definition: 'ON things (size)', isUnique: true });
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropIndexConcurrently(runner, 'things_size_idx');
  }
}

/** Lacks `transaction = false`. */
class IndexInTransaction1000000000003 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await createIndexConcurrently(runner, { name: 'things_size_idx', definition: 'ON things (size)' });
  }

  async down(): Promise<void> {}
}

describe('migrations outside of a transaction', () => {
  let database: TestDatabase;

  beforeEach(async () => {
    database = await createTestDatabase('migrations');
  });

  afterEach(() => database.drop());

  const run = (...migrations: (new () => MigrationInterface)[]) =>
    migrate(testSettings({ DATABASE_URL: database.url }), migrations);
  const indexes = () =>
    runSql(database.url, `SELECT indisvalid AS "isValid" FROM pg_index WHERE indrelid = 'things'::regclass`);

  it('build an index concurrently, once, if several processes migrate at the same time', async () => {
    const ran = await Promise.all([1, 2, 3].map(() => run(CreateThings1000000000001, IndexThings1000000000002)));
    expect(ran.flat()).toEqual(['CreateThings1000000000001', 'IndexThings1000000000002']);
    expect(await indexes()).toEqual([{ isValid: true }]);
  });

  it('rebuild an index that an interrupted build left invalid', async () => {
    await run(CreateThings1000000000001);
    await runSql(database.url, 'INSERT INTO things VALUES (1), (1)');
    await expect(run(CreateThings1000000000001, IndexThings1000000000002)).rejects.toThrow(
      'could not create unique index',
    );
    expect(await indexes()).toEqual([{ isValid: false }]);

    await runSql(database.url, 'TRUNCATE things');
    expect(await run(CreateThings1000000000001, IndexThings1000000000002)).toEqual(['IndexThings1000000000002']);
    expect(await indexes()).toEqual([{ isValid: true }]);
  });

  it('are required to build an index concurrently', async () => {
    await expect(run(CreateThings1000000000001, IndexInTransaction1000000000003)).rejects.toThrow(
      'Set "transaction = false" on its migration.',
    );
  });
});
