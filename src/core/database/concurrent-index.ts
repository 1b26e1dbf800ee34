import type { QueryRunner } from 'typeorm';

export interface NewIndex {
  /** In the current schema, unquoted: `messages_parent_id_idx`. */
  readonly name: string;
  /** Everything behind the name: `ON messages (parent_id) WHERE parent_id IS NOT NULL`. */
  readonly definition: string;
  readonly isUnique?: boolean;
}

/**
 * Builds an index while other processes go on writing to the table. Its migration must not run in a transaction:
 *
 *   export class IndexThings1796000000000 implements MigrationInterface {
 *     readonly transaction = false;
 *     up = (runner: QueryRunner) => createIndexConcurrently(runner, { name: 'things_size_idx', definition: 'ON things (size)' });
 *     down = (runner: QueryRunner) => dropIndexConcurrently(runner, 'things_size_idx');
 *   }
 *
 * It may be called again after it was interrupted at any place. A build that failed leaves an index behind that is kept up to date
 * and serves no query; the next call drops it and builds it anew.
 *
 * @throws Error in a transaction; QueryFailedError when the rows break a unique index
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

/** Drops an index without blocking writers where that is possible: TypeORM undoes every migration in a transaction. */
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

/** A concurrent build waits for every transaction that is under way. Nothing waits for it, so it has all the time there is. */
async function withoutLockTimeout(runner: QueryRunner, work: () => Promise<unknown>): Promise<void> {
  await runner.query('SET lock_timeout = 0');
  try {
    await work();
  } finally {
    await runner.query('RESET lock_timeout');
  }
}
