import { type Database, type Statement, statement } from './database.js';
import { GroupCommit, type Outcome } from './group-commit.js';
import { isUnreachable } from './outage.js';

/** Items of one statement, and statements in flight: enough to keep the database busy while the next items are collected. */
const BATCHES = { maxItems: 128, maxInFlight: 4 };

/** A statement, and the same for many sets of parameters at once. */
export interface BatchableStatement {
  single: Statement;
  batch: Statement;
}

/**
 * @param text a single SELECT with scalar parameters
 * @param types the types of its parameters, such as `text`
 * @returns the statement and its batch, which applies it to each item; the rows of an item keep their order:
 *   `SELECT result.*, item.place FROM unnest($1::text[], ...) WITH ORDINALITY AS item (p1, ..., place) CROSS JOIN LATERAL (text) result`
 */
export function batchable(name: string, text: string, types: readonly string[]): BatchableStatement {
  const arrays = types.map((type, index) => `$${index + 1}::${type}[]`).join(', ');
  const names = types.map((_, index) => `p${index + 1}`).join(', ');
  const applied = text.replaceAll(/\$(\d+)/g, 'item.p$1');
  return {
    single: statement(name, text),
    batch: statement(
      `${name}.batch`,
      `SELECT result.*, item.place FROM unnest(${arrays}) WITH ORDINALITY AS item (${names}, place)
       CROSS JOIN LATERAL (${applied}) result`,
    ),
  };
}

/**
 * A query that concurrent requests share: queries of one tick are one statement and one round trip. A query without company runs as
 * the plain statement and waits for nothing. An invalid item fails alone, as in `GroupCommit`.
 */
export class BatchedQuery<Row extends object> {
  private readonly group: GroupCommit<unknown[], Row[]>;

  constructor(
    private readonly database: Database,
    private readonly statement: BatchableStatement,
  ) {
    this.group = new GroupCommit<unknown[], Row[]>((items) => this.queryBatch(items), BATCHES);
  }

  /** In a transaction and in background work, which have connections of their own, the statement runs alone. */
  query(...values: unknown[]): Promise<Row[]> {
    return this.database.usesSharedPool ? this.group.write(values) : this.queryAlone(...values);
  }

  /** For queries with many rows, for which small ones should not wait. */
  queryAlone(...values: unknown[]): Promise<Row[]> {
    return this.database.query<Row>(this.statement.single, values);
  }

  /** If the statement fails for one of the items, each runs alone and none waits for the others. */
  private async queryBatch(items: readonly unknown[][]): Promise<Outcome<Row[]>[]> {
    if (items.length > 1) {
      try {
        return (await this.queryAll(items)).map((value) => ({ value }));
      } catch (error) {
        if (isUnreachable(error)) throw error;
      }
    }
    return Promise.all(
      items.map((values) =>
        this.queryAlone(...values).then(
          (value) => ({ value }),
          (error: unknown) => ({ error }),
        ),
      ),
    );
  }

  private async queryAll(items: readonly unknown[][]): Promise<Row[][]> {
    const columns = items[0].map((_, index) => items.map((values) => values[index]));
    const rows = await this.database.query<Row & { place?: number }>(this.statement.batch, columns);
    const results: Row[][] = items.map(() => []);
    for (const row of rows) {
      const { place } = row;
      delete row.place; // the last property: V8 keeps the object's fast layout
      results[place! - 1].push(row);
    }
    return results;
  }
}
