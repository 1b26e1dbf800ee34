import type { Pool, PoolClient } from 'pg';
import type { DataSource, QueryRunner } from 'typeorm';

/** @returns the driver's pool, for which TypeORM has no public property */
export const poolOf = (dataSource: DataSource): Pool => (dataSource.driver as unknown as { master: Pool }).master;

/**
 * Opens a transaction without an extra round trip: connections pipeline, so BEGIN is sent with the first statement, and each statement
 * without waiting for the result of the one before. Independent statements can be sent together with `Promise.all`; if one fails,
 * Postgres rejects those after it.
 *
 * @param settings SQL that is sent with BEGIN: empty, or `; SET LOCAL …`
 * @returns rejects if BEGIN fails; then the first statement fails as well
 */
export function openTransaction(runner: QueryRunner, client: PoolClient, settings: string): Promise<unknown> {
  const begun = client.query(`BEGIN${settings}`);
  // The first statement reports the failure. BEGIN is awaited only if that succeeds.
  begun.catch(() => undefined);
  // Otherwise TypeORM's `save` would open and commit its own transaction inside of this one.
  Object.assign(runner, { isTransactionActive: true, transactionDepth: 1 });
  return begun;
}
