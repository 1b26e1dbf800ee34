import pg from 'pg';
import type { PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions.js';
import type { Settings } from '../config/settings.js';
import { SnakeCaseNamingStrategy } from './snake-case-naming-strategy.js';

const INT8 = 20; // the oid of bigint in pg_type

/** All bigint values stay below 2^53, so they are parsed as numbers. Set per pool, to leave the driver's global parsers unchanged. */
const types = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === INT8 && format !== 'binary'
      ? Number
      : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
};

/** Limits the lifetime of connections, so that a new address of the database is found and their memory is released. */
export const MAX_LIFETIME_SECONDS = 1800;

/** Milliseconds. They limit how long a request waits for a lock or a statement. */
const LIMITS = { statement_timeout: 4000, lock_timeout: 2000, idle_in_transaction_session_timeout: 10_000 };

/** Parley's own options of a pool, in addition to those of the driver. */
export interface PoolSettings {
  /** SQL that is sent with each BEGIN. */
  transactionSettings: string;
  preparesStatements: boolean;
}

/**
 * PgBouncer rejects these limits as connection parameters and does not keep them per session. With it, each transaction sets them
 * itself; statements outside of a transaction are limited by `query_timeout`.
 */
const limitsOf = ({ DATABASE_DIRECT_URL }: Settings) =>
  DATABASE_DIRECT_URL === undefined
    ? { ...LIMITS, transactionSettings: '' }
    : {
        transactionSettings: Object.entries(LIMITS)
          .map(([name, ms]) => `; SET LOCAL ${name} = ${ms}`)
          .join(''),
      };

/** The Postgres options of every process. */
export function dataSourceOptions(settings: Settings): PostgresDataSourceOptions {
  return {
    type: 'postgres',
    url: settings.databaseUrl,
    poolSize: settings.DATABASE_POOL_SIZE,
    applicationName: 'parley',
    namingStrategy: new SnakeCaseNamingStrategy(),
    migrationsTableName: 'schema_migrations',
    logging: ['error'],
    logger: 'debug',
    extra: {
      types,
      connectionTimeoutMillis: 4000,
      query_timeout: 4500, // for a server that does not respond; the connection is then closed
      ...limitsOf(settings),
      preparesStatements: settings.DATABASE_PREPARED_STATEMENTS,
      keepAlive: true,
      maxLifetimeSeconds: MAX_LIFETIME_SECONDS,
      pipeline: true, // see `openTransaction`
    },
  };
}
