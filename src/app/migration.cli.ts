import 'reflect-metadata';
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource, getMetadataArgsStorage } from 'typeorm';
import { Settings } from '../core/config/settings.js';
import { dataSourceOptions } from '../core/database/data-source.js';
import { startEmbeddedPostgres } from '../core/database/embedded/embedded-postgres.js';
import { migrate } from '../core/database/migrate.js';
import './domain.modules.js';
import {
  type MigrationDraft,
  migrationClassName,
  migrationFileName,
  renderMigration,
  nextMigrationTime,
} from './migration-file.js';
import { MIGRATIONS } from './migrations.js';

const MODULES = join('src', 'modules');

/**
 * Writes the migration from the schema of the existing migrations to that of the entities. The comparison runs on a temporary
 * PostgreSQL and touches no existing database.
 */
async function generate(module: string, name: string): Promise<string> {
  const { up, down } = await compare();
  if (up.length === 0) return 'The entities match the migrations. Nothing to write.';
  const classNames = MIGRATIONS.map((migration) => migration.name);
  const draft: MigrationDraft = { name, at: nextMigrationTime(classNames, Date.now()), up, down };
  const folder = join(MODULES, module, 'migrations');
  const file = join(folder, migrationFileName(draft));
  await mkdir(folder, { recursive: true });
  await writeFile(file, renderMigration(draft), { flag: 'wx' });
  return (
    `Wrote ${file}. Read its SQL, move each index on a table that it does not create to a migration of its own ` +
    `(createIndexConcurrently), run "npm run format", and list ${migrationClassName(draft)} in src/app/migrations.ts.`
  );
}

async function compare(): Promise<Pick<MigrationDraft, 'up' | 'down'>> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-migration-'));
  await chmod(folder, 0o755); // as root the server runs as another user, which needs access
  const postgres = await startEmbeddedPostgres({ dataDir: folder });
  try {
    const settings = Object.assign(new Settings(), { DATABASE_URL: postgres.url });
    await migrate(settings, MIGRATIONS);
    const entities = getMetadataArgsStorage().tables.map(({ target }) => target);
    const dataSource = await new DataSource({ ...dataSourceOptions(settings), entities }).initialize();
    const { upQueries, downQueries } = await dataSource.driver.createSchemaBuilder().log();
    await dataSource.destroy();
    return { up: upQueries.map(({ query }) => query), down: downQueries.map(({ query }) => query).reverse() };
  } finally {
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function run([module, name]: string[]): Promise<string> {
  const modules = await readdir(MODULES);
  if (module === undefined || !modules.includes(module) || !/^[a-z]+(-[a-z0-9]+)*$/.test(name ?? '')) {
    process.exitCode = 1;
    return `Usage: npm run migration:generate -- <${modules.join('|')}> <what-it-does>`;
  }
  return generate(module, name);
}

void run(process.argv.slice(2)).then((outcome) => console.log(outcome));
