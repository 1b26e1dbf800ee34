import { type Database, type Statement, statement } from './database.js';
import { GroupCommit } from './group-commit.js';

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
    this.group = new GroupCommit<unknown[], Row[]>(async (items) => {
      const results = items.length === 1 ? [await this.queryAlone(items[0])] : await this.queryAll(items);
      return results.map((value) => ({ value }));
    }, BATCHES);
  }

  /** In a transaction and in background work, which have connections of their own, the statement runs alone. */
  query(...values: unknown[]): Promise<Row[]> {
    return this.database.usesSharedPool ? this.group.write(values) : this.queryAlone(values);
  }

  private queryAlone(values: unknown[]): Promise<Row[]> {
    return this.database.query<Row>(this.statement.single, values);
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
