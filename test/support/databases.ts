import { randomBytes } from 'node:crypto';
import pg from 'pg';

export interface TestDatabase {
  readonly name: string;
  readonly url: string;
  /** Drops the database and terminates its connections. */
  drop(): Promise<void>;
}

export interface TestDatabaseOptions {
  /** Prefix of the name. Default: `test`. */
  prefix?: string;
  /** The database to copy, such as a migrated one. It must have no connections at the time. */
  template?: Pick<TestDatabase, 'name'>;
}

/** Creates an empty database, or a copy of the template, with a unique name on the server of the test run. */
export async function createTestDatabase(options: string | TestDatabaseOptions = {}): Promise<TestDatabase> {
  const { prefix = 'test', template }: TestDatabaseOptions =
    typeof options === 'string' ? { prefix: options } : options;
  const name = `${prefix}_${randomBytes(6).toString('hex')}`;
  await administrate(`CREATE DATABASE ${quote(name)}${template ? ` TEMPLATE ${quote(template.name)}` : ''}`);

  const url = new URL(adminUrl());
  url.pathname = `/${name}`;
  return {
    name,
    url: url.href,
    drop: () => administrate(`DROP DATABASE IF EXISTS ${quote(name)} WITH (FORCE)`),
  };
}

/** @throws Error outside of a test run, in which global setup starts the server */
export function adminUrl(): string {
  const url = process.env.PARLEY_TEST_DATABASE_URL;
  if (!url) throw new Error('PARLEY_TEST_DATABASE_URL is not set. The global setup of Jest sets it.');
  return url;
}

/** Runs one statement on its own connection. @returns its rows */
export async function runSql<Row extends object>(url: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

const administrate = async (sql: string): Promise<void> => void (await runSql(adminUrl(), sql));

const quote = (name: string): string => pg.escapeIdentifier(name);
