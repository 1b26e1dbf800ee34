import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import pg, { type Pool, type PoolClient, type PoolConfig, type QueryResult } from 'pg';
import { DataSource, type EntityManager, type QueryRunner } from 'typeorm';
import type { PoolSettings } from './data-source.js';
import {
  causeOf,
  ConnectionLostError,
  isConsequence,
  isReadOnly,
  isRetryable,
  throwCause,
  UncommittedError,
} from './database-errors.js';
import { PoolConnections } from './pool-connections.js';

export { ConnectionLostError, isReferenceGone, OvertakenError } from './database-errors.js';

/** A query with a name, which Postgres parses and plans once per connection. TypeORM itself never names its statements. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

const known = new Map<string, Statement>();

/**
 * @param name unique in the whole program
 * @throws Error for the name of another statement, which the driver would refuse once both meet on a connection
 */
export function statement(name: string, text: string): Statement {
  if ((known.get(name)?.text ?? text) !== text) throw new Error(`There are two statements by the name of ${name}.`);
  const made = { name, text };
  known.set(name, made);
  return made;
}

/** All that the modules loaded so far have made. */
export const knownStatements = (): Statement[] => [...known.values()];

/** A statement and what it is about, to be run by `together`. */
export type Query = readonly [Statement, readonly unknown[]];

/**
 * Waits for statements that were sent together: for all of them, even if one fails, so that none of them, and nothing that follows
 * on one, goes on when its transaction is over.
 *
 * @throws the first error in this order that is no mere consequence of another one's
 */
export async function together<const Sent extends readonly unknown[]>(
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
  /** COMMIT is under way, behind the last statements. */
  committing?: Promise<void>;
  /** What was started inside of it may live on; its connection then belongs to others. */
  isOver: boolean;
  /** What the first statement has failed with: the cause of whatever fails behind it. */
  failure?: unknown;
}

export interface TransactionOptions {
  /** How long each statement may wait for a lock, instead of the connection's own limit. */
  lockTimeoutMs?: number;
}

const MAX_TRIES = 4;
/** Between two times that all connections are replaced: as long as no other server takes writes, new ones are as bad as the old. */
const REPLACE_EVERY_MS = 1000;

/**
 * The one way to the database. It knows which transaction the caller is in (AsyncLocalStorage), so that nobody can forget
 * to hand it on: the same repository method works inside and outside of one.
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

  /** TypeORM's manager, of the open transaction if there is one. */
  get manager(): EntityManager {
    return this.open?.manager ?? this.dataSource.manager;
  }

  get inTransaction(): boolean {
    return this.open !== undefined;
  }

  /** Runs a named statement on the open transaction, or on the pool. @returns the rows */
  async query<Row extends object>(query: Statement, values: unknown[] = []): Promise<Row[]> {
    // What is read too late to go with the COMMIT must at least see what it has committed.
    if (this.transactions.getStore()?.committing) await this.transactions.getStore()?.committing;
    const { open } = this;
    const sent = (open?.client ?? this.pool).query<Row>(this.named(query, values));
    const result = await sent.catch((error: unknown) => {
      if (open && !isConsequence(error)) open.failure ??= error;
      this.noteReadOnly(error);
      throw error;
    });
    return result.rows;
  }

  /** Runs a named statement on the pool, also while a transaction is open. @returns the rows */
  queryOutside<Row extends object>(query: Statement, values: unknown[] = []): Promise<Row[]> {
    return this.transactions.exit(() => this.query<Row>(query, values));
  }

  /**
   * Runs `work` in a transaction: the open one, else a new one that is committed when `work` resolves and rolled back when it
   * throws. A new one is done again, up to 4 times in all, when Postgres reports a serialization failure or a deadlock; so
   * `work` must not touch anything but the database.
   *
   * @throws ConnectionLostError when the database cannot be reached, or was lost during the commit
   */
  transaction<T>(work: () => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    return this.inTransaction ? work() : this.run(work, (result) => Promise.resolve(result), options);
  }

  /**
   * As `transaction`, and then reads what is to be told of it. COMMIT goes out right behind the statements that `read` sends at
   * once, so that the two are one round trip; whatever else `read` asks for waits until it is committed. It must write nothing.
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
   * Runs statements that do not need each other's results in a transaction of their own and a single write: one round trip,
   * and locks are held no longer than Postgres needs.
   *
   * It is done again after a serialization failure or a deadlock, as `transaction` is.
   *
   * @returns the rows of each
   * @throws ConnectionLostError when the database cannot be reached, or was lost during the commit
   */
  together<Rows extends object[][]>(...queries: { [K in keyof Rows]: Query }): Promise<Rows> {
    return this.retry(() => this.sendTogether<Rows>(queries));
  }

  private async sendTogether<Rows extends object[][]>(queries: { [K in keyof Rows]: Query }): Promise<Rows> {
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
    // What has failed is rolled back by the COMMIT; a connection that is broken has failed that, too.
    client.release(last.status === 'rejected' && last.reason instanceof ConnectionLostError);
    for (const result of results) if (result.status === 'rejected') this.noteReadOnly(result.reason);
    throwCause(results);
    return results.slice(1, -1).map((result) => (result as PromiseFulfilledResult<QueryResult>).value.rows) as Rows;
  }

  /** Calls `callback` once the open transaction is committed; at once when there is none. Its errors are logged, no more. */
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
      const begun = begin(runner, client, `${this.poolSettings.transactionSettings ?? ''}${limit}`);
      const result = await this.transactions.run(open, work);
      await begun;
      const answer = this.transactions.run(open, () => read(result));
      answer.catch(() => undefined); // it is awaited once the commit is done
      open.committing = this.commit(client);
      await open.committing.catch(async (error: unknown) => {
        await answer; // of the two, a statement that has failed is the cause, and the commit that it prevents the consequence
        throw error;
      });
      open.isOver = true;
      // Outside of the transaction's context: what follows a commit must not believe that it is still in it.
      this.transactions.exit(() => open.afterCommit.forEach((callback) => this.runSafely(callback)));
      return await answer;
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

  /** Not by TypeORM, which does not look at what Postgres has made of it. */
  private async commit(client: PoolClient): Promise<void> {
    const { command } = await client.query('COMMIT').catch((error: Error & { severity?: string }) => {
      throw error.severity === 'ERROR' ? error : new ConnectionLostError(error);
    });
    // After a statement that has failed, Postgres answers COMMIT with ROLLBACK, and without an error.
    if (command !== 'COMMIT') {
      throw new UncommittedError(
        'A statement failed in this transaction and its error was swallowed: nothing could be committed.',
      );
    }
  }

  /** The connection may be the very thing that failed, so a failing rollback must not hide the first error. */
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

  /** The pool that the caller's queries go to. */
  get pool(): Pool {
    return this.background.getStore() ?? this.requestPool;
  }

  private get poolSettings(): Partial<PoolSettings> {
    return (this.requestPool as unknown as { options: Partial<PoolSettings> }).options;
  }

  /** @returns the statement for the driver, which prepares what has a name */
  private named({ name, text }: Statement, values: unknown[]): pg.QueryConfig {
    return this.poolSettings.preparesStatements === false ? { text, values } : { name, text, values };
  }

  /** The driver's own. TypeORM has no public name for it. */
  get requestPool(): Pool {
    return (this.dataSource.driver as unknown as { master: Pool }).master;
  }

  /**
   * Runs work for which nobody waits. Where it has a pool of its own, requests need not queue behind it for a connection; its
   * transactions, which are few, take theirs from the same pool as everybody's.
   */
  inBackground<T>(work: () => T): T {
    return this.backgroundPool ? this.background.run(this.backgroundPool, work) : work();
  }

  /**
   * Gives work in the background half as many connections as requests have. It runs few statements, many times, and each finds its rows by
   * their keys: so one plan does for all. Postgres by itself makes a new one each time where it cannot tell how long a list will be.
   *
   * @returns the pool, for its owner to end
   */
  openBackgroundPool(): Pool {
    const { options } = this.requestPool as unknown as { options: PoolConfig };
    this.backgroundPool = new pg.Pool({
      ...options,
      max: Math.ceil((options.max ?? 10) / 2),
      // A PgBouncer has no such parameter for its clients.
      ...(this.poolSettings.transactionSettings ? {} : { options: '-c plan_cache_mode=force_generic_plan' }),
    });
    this.pools.push(new PoolConnections(this.backgroundPool));
    return this.backgroundPool;
  }

  /** @param callback replaces a connection that belongs to no pool; it is called when all others are replaced */
  onConnectionsReplaced(callback: () => void): void {
    this.onReplaced.push(callback);
  }

  /**
   * Replaces all connections, so that new ones find the server that takes writes now. The old ones would go on to be served by
   * one that has become a standby, which shows what it knew, and refuses to learn.
   */
  replaceConnections(): void {
    if (performance.now() - this.replacedAt < REPLACE_EVERY_MS) return;
    this.replacedAt = performance.now();
    this.logger.warn('The database is read-only: all connections are replaced');
    for (const pool of this.pools) pool.replace();
    for (const callback of this.onReplaced) this.runSafely(callback);
  }

  private noteReadOnly(error: unknown): void {
    if (isReadOnly(error)) this.replaceConnections();
  }
}

/**
 * Opens a transaction without a round trip of its own: BEGIN goes out with the first statement, since our connections pipeline:
 * each statement is sent without waiting for the answer to the one before. So statements that do not need each other's results can be sent
 * together, by `Promise.all`; if one fails, Postgres refuses those after it.
 */
function begin(runner: QueryRunner, client: PoolClient, settings: string): Promise<unknown> {
  const begun = client.query(`BEGIN${settings}`);
  // If it fails, so does the first statement, and that is told. This one is awaited only when that has gone well.
  begun.catch(() => undefined);
  // TypeORM has to know, or its own `save` would open and commit a transaction inside of ours.
  Object.assign(runner, { isTransactionActive: true, transactionDepth: 1 });
  return begun;
}
