import { DefaultNamingStrategy, type Table } from 'typeorm';

const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const tableName = (table: Table | string): string => (typeof table === 'string' ? table : table.name);
const join = (table: Table | string, columns: string[], suffix: string): string =>
  [tableName(table), ...columns.map(snakeCase), suffix].join('_');

/** `createdAt` in code is `created_at` in the database, and each constraint is named after its table and columns. */
export class SnakeCaseNamingStrategy extends DefaultNamingStrategy {
  override columnName(propertyName: string, customName: string | undefined, embeddedPrefixes: string[]): string {
    return [...embeddedPrefixes.map(snakeCase), customName ?? snakeCase(propertyName)].join('_');
  }

  override primaryKeyName(table: Table | string): string {
    return join(table, [], 'pkey');
  }

  override foreignKeyName(table: Table | string, columns: string[]): string {
    return join(table, columns, 'fkey');
  }

  override uniqueConstraintName(table: Table | string, columns: string[]): string {
    return join(table, columns, 'key');
  }

  override indexName(table: Table | string, columns: string[]): string {
    return join(table, columns, 'idx');
  }
}
