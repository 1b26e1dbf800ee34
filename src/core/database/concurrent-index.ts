import type { QueryRunner } from 'typeorm';

export interface NewIndex {
  /** In the current schema, unquoted: `messages_parent_id_idx`. */
  readonly name: string;
  /** The definition after the name: `ON messages (parent_id) WHERE parent_id IS NOT NULL`. */
  readonly definition: string;
  readonly isUnique?: boolean;
}

/**
 * Builds an index while other processes write to the table. Its migration must not run in a transaction:
 *
 *   export class IndexThings1796000000000 implements MigrationInterface {
 *     readonly transaction = false;
 *     up = (runner: QueryRunner) => createIndexConcurrently(runner, { name: 'things_size_idx', definition: 'ON things (size)' });
 *     down = (runner: QueryRunner) => dropIndexConcurrently(runner, 'things_size_idx');
 *   }
 *
 * It can be called again after an interruption at any point. A failed build leaves an invalid index, which is maintained but serves
 * no query; the next call drops and rebuilds it.
 *
 * @throws Error in a transaction; QueryFailedError if the rows violate a unique index
 */
export async function createIndexConcurrently(runner: QueryRunner, index: NewIndex): Promise<void> {
  if (runner.isTransactionActive) {
    throw new Error(
      `Index ${index.name} cannot be built in a transaction. Set "transaction = false" on its migration.`,
    );
  }
  await withoutLockTimeout(runner, async () => {
    if ((await stateOf(runner, index.name)) === 'invalid') await runner.query(`DROP INDEX CONCURRENTLY ${index.name}`);
    const kind = index.isUnique ? 'UNIQUE INDEX' : 'INDEX';
    await runner.query(`CREATE ${kind} CONCURRENTLY IF NOT EXISTS ${index.name} ${index.definition}`);
  });
}

/** Drops an index, concurrently outside of a transaction; TypeORM reverts every migration in one. */
export async function dropIndexConcurrently(runner: QueryRunner, name: string): Promise<void> {
  if (runner.isTransactionActive) await runner.query(`DROP INDEX IF EXISTS ${name}`);
  else await withoutLockTimeout(runner, () => runner.query(`DROP INDEX CONCURRENTLY IF EXISTS ${name}`));
}

async function stateOf(runner: QueryRunner, name: string): Promise<'valid' | 'invalid' | 'missing'> {
  const rows = (await runner.query('SELECT indisvalid AS "isValid" FROM pg_index WHERE indexrelid = to_regclass($1)', [
    name,
  ])) as { isValid: boolean }[];
  return rows.length === 0 ? 'missing' : rows[0].isValid ? 'valid' : 'invalid';
}

/** A concurrent build waits for every open transaction. It blocks nothing, so it needs no timeout. */
async function withoutLockTimeout(runner: QueryRunner, work: () => Promise<unknown>): Promise<void> {
  await runner.query('SET lock_timeout = 0');
  try {
    await work();
  } finally {
    await runner.query('RESET lock_timeout');
  }
}
