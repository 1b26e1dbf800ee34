import { getMetadataArgsStorage } from 'typeorm';
import { SnakeCaseNamingStrategy } from './snake-case-naming-strategy.js';

type EntityClass<T extends object> = abstract new () => T;

interface EntityColumn<T> {
  property: keyof T & string;
  /** The name in the database. */
  name: string;
  default: unknown;
}

const naming = new SnakeCaseNamingStrategy();
const known = new Map<EntityClass<object>, readonly EntityColumn<object>[]>();

/** The columns of an entity, from TypeORM's decorators, in their order. @throws Error for a class without columns */
function columnsOf<T extends object>(entity: EntityClass<T>): readonly EntityColumn<T>[] {
  let columns = known.get(entity);
  if (!columns) {
    columns = getMetadataArgsStorage()
      .columns.filter(({ target }) => target === entity)
      .map(({ propertyName, options }) => ({
        property: propertyName as never,
        name: naming.columnName(propertyName, options.name, []),
        default: options.default as unknown,
      }));
    if (columns.length === 0) throw new Error(`${entity.name} has no columns.`);
    known.set(entity, columns);
  }
  return columns;
}

/**
 * Lists the columns of an entity for a handwritten statement.
 *
 * @param from the alias of the table in the statement
 * @returns `b.id AS "id", b.is_disabled AS "isDisabled", ...`
 */
export function columnList(entity: EntityClass<object>, from?: string): string {
  const table = from === undefined ? '' : `${from}.`;
  return columnsOf(entity)
    .map(({ property, name }) => `${table}${name} AS "${property}"`)
    .join(', ');
}

/** @returns `INSERT INTO bots (id, is_disabled, ...) VALUES ($1, $2, ...)`, for the parameters of `insertValues` */
export function insertInto(table: string, entity: EntityClass<object>): string {
  const columns = columnsOf(entity);
  const parameters = columns.map((_, n) => `$${n + 1}`);
  return `INSERT INTO ${table} (${columns.map(({ name }) => name).join(', ')}) VALUES (${parameters.join(', ')})`;
}

/** The parameters of `insertInto`. */
export const insertValues = <T extends object>(entity: EntityClass<T>, row: T): unknown[] =>
  columnsOf(entity).map(({ property }) => row[property]);

/** The properties of an entity that are columns. */
export const propertiesOf = <T extends object>(entity: EntityClass<T>): (keyof T & string)[] =>
  columnsOf(entity).map(({ property }) => property);

/** The defaults of an entity's columns. Columns without one are left out. */
export const defaultsOf = <T extends object>(entity: EntityClass<T>): Partial<T> =>
  Object.fromEntries(
    columnsOf(entity).flatMap((column) => (column.default === undefined ? [] : [[column.property, column.default]])),
  ) as Partial<T>;

/** The part of a row of a joined statement that belongs to one entity. */
export function rowOf<T extends object>(entity: EntityClass<T>, row: T): T {
  const part = {} as T;
  for (const { property } of columnsOf(entity)) part[property] = row[property];
  return part;
}
