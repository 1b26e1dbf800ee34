import { MIGRATIONS } from '../../src/app/migrations.js';
import { migrate } from '../../src/core/database/migrate.js';
import { createTestDatabase, type TestDatabase } from './databases.js';
import { testSettings } from './settings.js';

/** The template database for all test files of one process. */
const TEMPLATE = 'PARLEY_TEST_TEMPLATE';

/** Creates a migrated database: a copy of one that is migrated once per process, which takes a sixth of the time. */
export async function createMigratedDatabase(prefix?: string): Promise<TestDatabase> {
  process.env[TEMPLATE] ??= await createTemplate();
  return createTestDatabase({ prefix, template: { name: process.env[TEMPLATE] } });
}

async function createTemplate(): Promise<string> {
  const { name, url } = await createTestDatabase('template');
  await migrate(testSettings({ DATABASE_URL: url }), MIGRATIONS);
  return name;
}
