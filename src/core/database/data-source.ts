import pg from 'pg';
import type { PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions.js';
import type { Settings } from '../config/settings.js';
import { Naming } from './naming.js';

const INT8 = 20; // the oid of bigint in pg_type

/** Every bigint of ours stays below 2^53, so it may be a number. Per pool, since the driver's global parsers are not ours. */
const types = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === INT8 && format !== 'binary'
      ? Number
      : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
};

/** So that a new address of the database is found, and what a connection has gathered in memory is given back. */
export const MAX_LIFETIME_SECONDS = 1800;

/** How every process of Parley talks to Postgres. A request never waits for a lock or a statement longer than a person would. */
export function dataSourceOptions(settings: Settings): PostgresDataSourceOptions {
  return {
    type: 'postgres',
    url: settings.databaseUrl,
    poolSize: settings.DATABASE_POOL_SIZE,
    applicationName: 'parley',
    namingStrategy: new Naming(),
    migrationsTableName: 'schema_migrations',
    logging: ['error'],
    logger: 'debug',
    extra: {
      types,
      connectionTimeoutMillis: 4000,
      statement_timeout: 4000,
      query_timeout: 4500, // of a server that says nothing at all: the connection is given up
      lock_timeout: 2000,
      idle_in_transaction_session_timeout: 10_000,
      keepAlive: true,
      maxLifetimeSeconds: MAX_LIFETIME_SECONDS,
      pipeline: true, // see `begin` in database.ts
    },
  };
}
