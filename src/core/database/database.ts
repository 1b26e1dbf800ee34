import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { Pool, PoolClient } from 'pg';
import { DataSource, type EntityManager, type QueryRunner } from 'typeorm';

/** A query with a name, which Postgres parses and plans once per connection. TypeORM itself never names its statements. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/** @param name unique in the whole program; the same name with another text is refused by the driver */
export const statement = (name: string, text: string): Statement => ({ name, text });

interface OpenTransaction {
  readonly manager: EntityManager;
  readonly client: PoolClient;
  readonly afterCommit: (() => void)[];
}

/** Serialization failure and deadlock: Postgres has rolled back, and the same work may well succeed now. */
const RETRYABLE_CODES = new Set(['40001', '40P01']);
const MAX_TRIES = 4;

/**
 * The one way to the database. It knows which transaction the caller is in (AsyncLocalStorage), so that nobody can forget
 * to hand it on: the same repository method works inside and outside of one.
 */
@Injectable()
export class Database {
  private readonly logger = new Logger(Database.name);
  private readonly transactions = new AsyncLocalStorage<OpenTransaction>();

  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  /** TypeORM's manager, of the open transaction if there is one. */
  get manager(): EntityManager {
    return this.transactions.getStore()?.manager ?? this.dataSource.manager;
  }

  get inTransaction(): boolean {
    return this.transactions.getStore() !== undefined;
  }

  /** Runs a named statement on the open transaction, or on the pool. @returns the rows */
  async query<Row extends object>(query: Statement, values: unknown[] = []): Promise<Row[]> {
    const target = this.transactions.getStore()?.client ?? this.pool;
    const result = await target.query<Row>({ name: query.name, text: query.text, values });
    return result.rows;
  }

  /**
   * Runs `work` in a transaction: the open one, else a new one that is committed when `work` resolves and rolled back when it
   * throws. A new one is done again, up to 4 times in all, when Postgres reports a serialization failure or a deadlock; so
   * `work` must not touch anything but the database.
   */
  async transaction<T>(work: () => Promise<T>): Promise<T> {
    if (this.inTransaction) return work();
    for (let tries = 1; ; tries++) {
      try {
        return await this.runOnce(work);
      } catch (error) {
        if (tries === MAX_TRIES || !RETRYABLE_CODES.has((error as { code?: string }).code ?? '')) throw error;
        await sleep(Math.random() * 10 * 2 ** tries);
      }
    }
  }

  /** Calls `callback` once the open transaction is committed; at once when there is none. Its errors are logged, no more. */
  afterCommit(callback: () => void): void {
    const open = this.transactions.getStore();
    if (open) open.afterCommit.push(callback);
    else this.runSafely(callback);
  }

  private async runOnce<T>(work: () => Promise<T>): Promise<T> {
    const runner = this.dataSource.createQueryRunner();
    const open: OpenTransaction = {
      manager: runner.manager,
      client: (await runner.connect()) as PoolClient,
      afterCommit: [],
    };
    try {
      await runner.startTransaction();
      const result = await this.transactions.run(open, work);
      await runner.commitTransaction();
      // Outside of the transaction's context: what follows a commit must not believe that it is still in it.
      this.transactions.exit(() => open.afterCommit.forEach((callback) => this.runSafely(callback)));
      return result;
    } catch (error) {
      await this.rollback(runner);
      throw error;
    } finally {
      await runner.release();
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

  /** The driver's pool. TypeORM has no public name for it. */
  get pool(): Pool {
    return (this.dataSource.driver as unknown as { master: Pool }).master;
  }
}
