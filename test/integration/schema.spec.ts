import { DataSource, getMetadataArgsStorage } from 'typeorm';
import '../../src/app/core.modules.js';
import '../../src/app/domain.modules.js';
import { MIGRATIONS } from '../../src/app/migrations.js';
import { dataSourceOptions } from '../../src/core/database/data-source.js';
import { migrate } from '../../src/core/database/migrate.js';
import { createTestDatabase, runSql, type TestDatabase } from '../support/databases.js';
import { testSettings } from '../support/settings.js';

/** Parley's tables, without those of the queue, which BullMQ migrates. */
const OUR_TABLES = `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE 'bullmq%' ORDER BY 1`;

describe('the schema', () => {
  let database: TestDatabase;
  let dataSource: DataSource;

  beforeAll(async () => {
    database = await createTestDatabase('schema');
    dataSource = new DataSource({
      ...dataSourceOptions(testSettings({ DATABASE_URL: database.url })),
      entities: getMetadataArgsStorage().tables.map(({ target }) => target),
      migrations: [...MIGRATIONS],
    });
    await dataSource.initialize();
  });

  afterAll(async () => {
    await dataSource.destroy();
    await database.drop();
  });

  const tables = async (): Promise<string[]> =>
    (await runSql<{ name: string }>(database.url, OUR_TABLES)).map(({ name }) => name);

  it('is created once if several processes start at the same time', async () => {
    const settings = testSettings({ DATABASE_URL: database.url });
    const ran = await Promise.all([1, 2, 3].map(() => migrate(settings, MIGRATIONS)));
    expect(ran.flat()).toEqual(MIGRATIONS.map(({ name }) => name));
    expect(await migrate(settings, MIGRATIONS)).toEqual([]);
  });

  it('matches the entities, including all indexes', async () => {
    const differences = await dataSource.driver.createSchemaBuilder().log();
    expect(differences.upQueries.map(({ query }) => query)).toEqual([]);
    expect(await tables()).toEqual(
      [...dataSource.entityMetadatas.map(({ tableName }) => tableName), 'schema_migrations'].sort(),
    );
  });

  it('is reverted migration by migration', async () => {
    for (const _migration of MIGRATIONS) await dataSource.undoLastMigration({ transaction: 'each' });
    expect(await tables()).toEqual(['schema_migrations']);
  });

  it('can be created again after that', async () => {
    expect(await dataSource.runMigrations({ transaction: 'each' })).toHaveLength(MIGRATIONS.length);
  });
});
