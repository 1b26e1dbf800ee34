import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import pg, { type Pool, type PoolClient, type PoolConfig, type QueryResult } from 'pg';
import { DataSource, type EntityManager, type QueryRunner } from 'typeorm';
import { PoolConnections } from '../patches/pg-pool/pool-connections.js';
import { openTransaction, poolOf } from '../patches/typeorm-transactions/open-transaction.js';
import type { PoolSettings } from './data-source.js';
import {
  causeOf,
  ConnectionLostError,
  isFollowUpError,
  isReadOnly,
  isRetryable,
  throwCause,
  UncommittedError,
} from './database-errors.js';

export { ConnectionLostError, isForeignKeyViolation, TransactionConflictError } from './database-errors.js';

/** A named query, which Postgres parses and plans once per connection. TypeORM does not name its statements. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

const known = new Map<string, Statement>();

/**
 * @param name unique in the whole program
 * @throws Error for the name of another statement, which the driver would reject once both run on one connection
 */
export function statement(name: string, text: string): Statement {
  if ((known.get(name)?.text ?? text) !== text) throw new Error(`Duplicate statement name: ${name}`);
  const made = { name, text };
  known.set(name, made);
  return made;
}

/** All statements of the modules loaded so far. */
export const knownStatements = (): Statement[] => [...known.values()];

/** A statement with its parameters, for `pipeline`. */
export type Query = readonly [Statement, readonly unknown[]];

/**
 * Waits for all statements that were sent together, even if one fails, so that neither they nor their continuations run after the
 * end of the transaction.
 *
 * @throws the first error in this order that is not a consequence of another one
 */
export async function settleAll<const Sent extends readonly unknown[]>(
  sent: Sent,
): Promise<{ -readonly [Key in keyof Sent]: Awaited<Sent[Key]> }> {
  const outcomes = await Promise.allSettled(sent);
  throwCause(outcomes);
  return outcomes.map((outcome) => (outcome as PromiseFulfilledResult<unknown>).value) as {
    -readonly [Key in keyof Sent]: Awaited<Sent[Key]>;
  };
}

interface OpenTransaction {
  readonly manager: EntityManager;
  readonly client: PoolClient;
  readonly afterCommit: (() => void)[];
  /** Pending COMMIT, sent after the last statements. */
  committing?: Promise<void>;
  /** Work that was started in the transaction may outlive it; its connection is then used by others. */
  isOver: boolean;
  /** Error of the first failed statement, the cause of later failures. */
  failure?: unknown;
}

export interface TransactionOptions {
  /** Lock timeout of each statement, instead of that of the connection. */
  lockTimeoutMs?: number;
}

const MAX_TRIES = 4;
/** Minimum interval of replacing all connections: until another server accepts writes, new connections do not help. */
const REPLACE_EVERY_MS = 1000;

/**
 * Access to the database. It tracks the caller's transaction (AsyncLocalStorage), so that it need not be passed along: the
 * same repository method works inside and outside of a transaction.
 */
@Injectable()
export class Database {
  private readonly logger = new Logger(Database.name);
  private readonly transactions = new AsyncLocalStorage<OpenTransaction>();
  private readonly background = new AsyncLocalStorage<Pool>();
  private backgroundPool: Pool | undefined;

  private readonly pools: PoolConnections[] = [];
  private readonly onReplaced: (() => void)[] = [];
  private replacedAt = -Infinity;

  constructor(@InjectDataSource() private readonly dataSource: DataSource) {
    this.pools.push(new PoolConnections(this.requestPool));
  }

  /** TypeORM's entity manager, of the open transaction if any. */
  get manager(): EntityManager {
    return this.open?.manager ?? this.dataSource.manager;
  }

  get inTransaction(): boolean {
    return this.open !== undefined;
  }

  /** Whether the caller has no connection or pool of its own, so that it can share statements with other requests. */
  get usesSharedPool(): boolean {
    return this.transactions.getStore()?.isOver !== false && this.background.getStore() === undefined;
  }

  /** Runs a named statement in the open transaction, or on the pool. @returns the rows */
  async query<Row extends object>(query: Statement, values: unknown[] = []): Promise<Row[]> {
    // A statement that is too late to be sent with the COMMIT must see its result.
    if (this.transactions.getStore()?.committing) await this.transactions.getStore()?.committing;
    const { open } = this;
    const sent = (open?.client ?? this.pool).query<Row>(this.named(query, values));
    const result = await sent.catch((error: unknown) => {
      if (open && !isFollowUpError(error)) open.failure ??= error;
      this.noteReadOnly(error);
      throw error;
    });
    return result.rows;
  }

  /** Runs a named statement on the pool, also while a transaction is open. @returns the rows */
  queryOutsideTransaction<Row extends object>(query: Statement, values: unknown[] = []): Promise<Row[]> {
    return this.transactions.exit(() => this.query<Row>(query, values));
  }

  /**
   * Runs `work` in the open transaction, or in a new one that is committed when `work` resolves and rolled back when it
   * throws. A new one is tried up to 4 times if Postgres reports a serialization failure or a deadlock, so `work` must have
   * no side effects outside of the database.
   *
   * @throws ConnectionLostError if the database is unavailable, or the connection was lost during the commit
   */
  transaction<T>(work: () => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    return this.inTransaction ? work() : this.run(work, (result) => Promise.resolve(result), options);
  }

  /**
   * Like `transaction`, and then reads the result to return. COMMIT is sent right after the statements that `read` sends
   * synchronously, so that both take one round trip; later statements of `read` wait for the commit. `read` must not write.
   */
  async transactionThenRead<T, R>(work: () => Promise<T>, read: (result: T) => Promise<R>): Promise<R> {
    return this.inTransaction ? read(await work()) : this.run(work, read);
  }

  private run<T, R>(
    work: () => Promise<T>,
    read: (result: T) => Promise<R>,
    options: TransactionOptions = {},
  ): Promise<R> {
    return this.retry(() => this.runOnce(work, read, options));
  }

  private async retry<T>(attempt: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await attempt();
      } catch (error) {
        if (tries === MAX_TRIES || !isRetryable(error)) throw error;
        await sleep(Math.random() * 10 * 2 ** tries);
      }
    }
  }

  /**
   * Runs independent statements in their own transaction with a single write: one round trip, and locks are held no longer
   * than Postgres needs.
   *
   * It is retried after a serialization failure or a deadlock, like `transaction`.
   *
   * @returns the rows of each
   * @throws ConnectionLostError if the database is unavailable, or the connection was lost during the commit
   */
  pipeline<Rows extends object[][]>(...queries: { [K in keyof Rows]: Query }): Promise<Rows> {
    return this.retry(() => this.sendPipeline<Rows>(queries));
  }

  private async sendPipeline<Rows extends object[][]>(queries: { [K in keyof Rows]: Query }): Promise<Rows> {
    const client = await this.pool.connect().catch((error: unknown) => {
      throw new ConnectionLostError(error);
    });
    const sent = [
      client.query(`BEGIN${this.poolSettings.transactionSettings ?? ''}`),
      ...queries.map(([query, values]) => client.query(this.named(query, [...values]))),
      this.commit(client),
    ];
    const results = await Promise.allSettled(sent);
    const last = results.at(-1)!;
    // The COMMIT rolls back failed statements; on a broken connection it fails as well.
    client.release(last.status === 'rejected' && last.reason instanceof ConnectionLostError);
    for (const result of results) if (result.status === 'rejected') this.noteReadOnly(result.reason);
    throwCause(results);
    return results.slice(1, -1).map((result) => (result as PromiseFulfilledResult<QueryResult>).value.rows) as Rows;
  }

  /** Calls `callback` after the commit of the open transaction, or at once if there is none. Its errors are only logged. */
  afterCommit(callback: () => void): void {
    const { open } = this;
    if (open) open.afterCommit.push(callback);
    else this.runSafely(callback);
  }

  private get open(): OpenTransaction | undefined {
    const transaction = this.transactions.getStore();
    return transaction?.isOver === false && !transaction.committing ? transaction : undefined;
  }

  private async runOnce<T, R>(
    work: () => Promise<T>,
    read: (result: T) => Promise<R>,
    options: TransactionOptions,
  ): Promise<R> {
    const runner = this.dataSource.createQueryRunner();
    const client = await this.connect(runner);
    const open: OpenTransaction = { manager: runner.manager, client, afterCommit: [], isOver: false };
    try {
      const limit = options.lockTimeoutMs ? `; SET LOCAL lock_timeout = ${options.lockTimeoutMs}` : '';
      const begun = openTransaction(runner, client, `${this.poolSettings.transactionSettings ?? ''}${limit}`);
      const result = await this.transactions.run(open, work);
      await begun;
      const reading = this.transactions.run(open, () => read(result));
      reading.catch(() => undefined); // awaited after the commit
      open.committing = this.commit(client);
      await open.committing.catch(async (error: unknown) => {
        await reading; // throws the error of a failed statement, the cause of the failed commit
        throw error;
      });
      open.isOver = true;
      // Callbacks run outside of the context of the committed transaction.
      this.transactions.exit(() => open.afterCommit.forEach((callback) => this.runSafely(callback)));
      return await reading;
    } catch (error) {
      await this.rollback(runner);
      throw causeOf(error, open.failure);
    } finally {
      open.isOver = true;
      await runner.release();
    }
  }

  private async connect(runner: QueryRunner): Promise<PoolClient> {
    try {
      return (await runner.connect()) as PoolClient;
    } catch (error) {
      throw new ConnectionLostError(error);
    }
  }

  /** Bypasses TypeORM, which does not check the result of COMMIT. */
  private async commit(client: PoolClient): Promise<void> {
    const { command } = await client.query('COMMIT').catch((error: Error & { severity?: string }) => {
      throw error.severity === 'ERROR' ? error : new ConnectionLostError(error);
    });
    // After a failed statement, the result of COMMIT is ROLLBACK, without an error.
    if (command !== 'COMMIT') {
      throw new UncommittedError('The transaction was rolled back: a statement failed and its error was swallowed.');
    }
  }

  /** The connection itself may have failed, so a failing rollback must not hide the first error. */
  private async rollback(runner: QueryRunner): Promise<void> {
    try {
      if (runner.isTransactionActive) await runner.rollbackTransaction();
    } catch (error) {
      this.logger.warn(`Rollback failed: ${(error as Error).message}`);
    }
  }

  private runSafely(callback: () => void): void {
    try {
      callback();
    } catch (error) {
      this.logger.error('An after-commit callback failed', (error as Error).stack);
    }
  }

  /** The pool for the caller's queries. */
  get pool(): Pool {
    return this.background.getStore() ?? this.requestPool;
  }

  private get poolSettings(): Partial<PoolSettings> {
    return (this.requestPool as unknown as { options: Partial<PoolSettings> }).options;
  }

  /** @returns the statement for the driver, which prepares named ones */
  private named({ name, text }: Statement, values: unknown[]): pg.QueryConfig {
    return this.poolSettings.preparesStatements === false ? { text, values } : { name, text, values };
  }

  /** The pool of requests. */
  get requestPool(): Pool {
    return poolOf(this.dataSource);
  }

  /**
   * Runs background work. In a worker it has its own pool, so that requests do not wait for a connection behind it; its few
   * transactions use the request pool.
   */
  inBackground<T>(work: () => T): T {
    return this.backgroundPool ? this.background.run(this.backgroundPool, work) : work();
  }

  /**
   * Opens a pool for background work with half as many connections as for requests. Background work runs few different statements many
   * times, and each finds its rows by keys, so generic plans suffice. By default Postgres replans where a list may be of any length.
   *
   * @returns the pool, which the caller must end
   */
  openBackgroundPool(): Pool {
    const { options } = this.requestPool as unknown as { options: PoolConfig };
    this.backgroundPool = new pg.Pool({
      ...options,
      max: Math.ceil((options.max ?? 10) / 2),
      // PgBouncer does not accept this parameter.
      ...(this.poolSettings.transactionSettings ? {} : { options: '-c plan_cache_mode=force_generic_plan' }),
    });
    this.pools.push(new PoolConnections(this.backgroundPool));
    return this.backgroundPool;
  }

  /** @param callback replaces a connection outside of the pools; called whenever the pools replace theirs */
  onConnectionsReplaced(callback: () => void): void {
    this.onReplaced.push(callback);
  }

  /**
   * Replaces all connections, so that new ones reach the current primary. The old ones would stay connected to a server that
   * has become a standby, with stale data and without writes.
   */
  replaceConnections(): void {
    if (performance.now() - this.replacedAt < REPLACE_EVERY_MS) return;
    this.replacedAt = performance.now();
    this.logger.warn('The database is read-only; replacing all connections');
    for (const pool of this.pools) pool.replace();
    for (const callback of this.onReplaced) this.runSafely(callback);
  }

  private noteReadOnly(error: unknown): void {
    if (isReadOnly(error)) this.replaceConnections();
  }
}
