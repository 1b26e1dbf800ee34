import { getMetadataArgsStorage } from 'typeorm';
import { SnakeCaseNamingStrategy } from './snake-case-naming-strategy.js';

type EntityClass<T extends object> = abstract new () => T;

interface EntityColumn<T> {
  property: keyof T & string;
  /** The name in the database. */
  name: string;
  /** The type in the database: `text`, `text[]`, `jsonb`, ... */
  type: string;
  default: unknown;
  /** Whether the database generates the value. */
  isGenerated: boolean;
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
        type: `${options.type as string}${options.array ? '[]' : ''}`,
        default: options.default as unknown,
        isGenerated: options.generated !== undefined,
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

/**
 * Inserts any number of rows by one statement, whose parameter is a JSON array of the entities: arrays within rows are kept.
 *
 * @param order the properties by which the rows are inserted
 * @returns `INSERT INTO fruits (id, is_ripe) SELECT * FROM jsonb_to_recordset($1::jsonb) AS new ("id" text, "isRipe" boolean) ORDER BY "id"`
 */
export function insertRecordsInto<T extends object>(
  table: string,
  entity: EntityClass<T>,
  order: readonly (keyof T & string)[],
): string {
  const columns = columnsOf(entity).filter(({ isGenerated }) => !isGenerated);
  return `INSERT INTO ${table} (${columns.map(({ name }) => name).join(', ')})
   SELECT * FROM jsonb_to_recordset($1::jsonb) AS new (${columns.map(({ property, type }) => `"${property}" ${type}`).join(', ')})
   ORDER BY ${order.map((property) => `"${property}"`).join(', ')}`;
}

/**
 * @param valueOf the SQL expression of each value
 * @returns `is_ripe = $2, called = $3`, for an UPDATE
 */
export function assignments<T extends object, K extends keyof T & string>(
  entity: EntityClass<T>,
  properties: readonly K[],
  valueOf: (property: K, index: number) => string,
): string {
  const names = new Map<string, string>(columnsOf(entity).map(({ property, name }) => [property, name]));
  return properties.map((property, n) => `${names.get(property)} = ${valueOf(property, n)}`).join(', ');
}

/** @returns a JSON object of a row, for `fromJson`: `jsonb_build_object('id', f.id, 'isRipe', f.is_ripe, ...)` */
export function jsonObject(entity: EntityClass<object>, from: string): string {
  const valueOf = ({ name, type }: EntityColumn<object>) =>
    type === 'bytea' ? `encode(${from}.${name}, 'hex')` : `${from}.${name}`;
  return `jsonb_build_object(${columnsOf(entity)
    .map((column) => `'${column.property}', ${valueOf(column)}`)
    .join(', ')})`;
}

/** A row from the result of `jsonObject`. */
export function fromJson<T extends object>(entity: EntityClass<T>, json: Readonly<Record<string, unknown>>): T {
  return Object.fromEntries(
    columnsOf(entity).map(({ property, type }) => {
      const value = json[property];
      if (typeof value === 'string' && type === 'bytea') return [property, Buffer.from(value, 'hex')];
      if (typeof value === 'string' && type === 'timestamptz') return [property, new Date(value)];
      return [property, value];
    }),
  ) as T;
}

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
