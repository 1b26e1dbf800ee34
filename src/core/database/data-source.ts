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

/** Milliseconds. A request never waits for a lock or a statement longer than a person would. */
const LIMITS = { statement_timeout: 4000, lock_timeout: 2000, idle_in_transaction_session_timeout: 10_000 };

/** What Parley's own options of a pool are beside those of the driver. */
export interface PoolSettings {
  /** SQL that is sent with each BEGIN. */
  transactionSettings: string;
  preparesStatements: boolean;
}

/**
 * A PgBouncer refuses these limits as parameters of a connection, and keeps none that is set on one. So there each transaction sets
 * them for itself; what runs outside of a transaction is limited by `query_timeout`.
 */
const limitsOf = ({ DATABASE_DIRECT_URL }: Settings) =>
  DATABASE_DIRECT_URL === undefined
    ? { ...LIMITS, transactionSettings: '' }
    : {
        transactionSettings: Object.entries(LIMITS)
          .map(([name, ms]) => `; SET LOCAL ${name} = ${ms}`)
          .join(''),
      };

/** How every process of Parley talks to Postgres. */
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
      query_timeout: 4500, // of a server that says nothing at all: the connection is given up
      ...limitsOf(settings),
      preparesStatements: settings.DATABASE_PREPARED_STATEMENTS,
      keepAlive: true,
      maxLifetimeSeconds: MAX_LIFETIME_SECONDS,
      pipeline: true, // see `begin` in database.ts
    },
  };
}
