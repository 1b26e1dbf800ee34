import { type ColumnOptions, getMetadataArgsStorage } from 'typeorm';
import { SnakeCaseNamingStrategy } from './snake-case-naming-strategy.js';

type EntityClass<T extends object> = abstract new () => T;

interface EntityColumn<T> {
  property: keyof T & string;
  /** The name in the database. */
  name: string;
  /** The type in the database, such as `text[]`. */
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
        default: defaultOf(options),
        isGenerated: options.generated !== undefined,
      }));
    if (columns.length === 0) throw new Error(`${entity.name} has no columns.`);
    known.set(entity, columns);
  }
  return columns;
}

/** @returns undefined for a required column without a default */
function defaultOf({ default: value, nullable, array }: ColumnOptions): unknown {
  if (value === undefined) return nullable ? null : undefined;
  return array && value === '{}' ? [] : value;
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

interface InsertOptions<T> {
  /** SQL expressions of columns, each from the parameter with the property's value. */
  expressions?: Partial<Record<keyof T, (parameter: string) => string>>;
  /** SQL: inserts the row only if this is true. */
  condition?: string;
}

/** @returns `INSERT INTO bots (id, is_disabled, ...) SELECT $1::text, $2::boolean, ...`, for the parameters of `insertValues` */
export function insertInto<T extends object>(
  table: string,
  entity: EntityClass<T>,
  { expressions = {}, condition }: InsertOptions<T> = {},
): string {
  const columns = columnsOf(entity);
  const values = columns.map(({ property, type }, n) => {
    const parameter = `$${n + 1}::${type}`;
    return expressions[property]?.(parameter) ?? parameter;
  });
  const where = condition === undefined ? '' : ` WHERE ${condition}`;
  return `INSERT INTO ${table} (${columns.map(({ name }) => name).join(', ')}) SELECT ${values.join(', ')}${where}`;
}

/**
 * Builds an insert of any number of rows by one statement, whose parameter is a JSON array of the entities: arrays within rows are kept.
 * Generated columns are left out.
 *
 * @param expressions SQL expressions of columns that are not in the rows; they may refer to a row as `new."<property>"`
 * @param order the properties by which the rows are inserted
 * @returns `INSERT INTO members (chat_id, ...) SELECT new."chatId", ... FROM jsonb_to_recordset($1::jsonb) ... ORDER BY ...`
 */
export function insertRecords<T extends object>(
  table: string,
  entity: EntityClass<T>,
  expressions: Partial<Record<keyof T, string>> = {},
  order: readonly (keyof T & string)[] = [],
): string {
  const columns = columnsOf(entity).filter(({ isGenerated }) => !isGenerated);
  const values = columns.map(({ property }) => expressions[property] ?? `new."${property}"`);
  const sorted = order.length === 0 ? '' : ` ORDER BY ${order.map((property) => `new."${property}"`).join(', ')}`;
  return `INSERT INTO ${table} (${columns.map(({ name }) => name).join(', ')}) SELECT ${values.join(', ')}
    FROM jsonb_to_recordset($1::jsonb) AS new (${columns.map(({ property, type }) => `"${property}" ${type}`).join(', ')})${sorted}`;
}

/** @returns `UPDATE users SET nickname = $2, ... WHERE id = $1`, for the id and the values of the properties, in their order */
export const updateById = <T extends { id: string }>(
  table: string,
  entity: EntityClass<T>,
  properties: readonly (keyof T & string)[],
): string => `UPDATE ${table} SET ${assignments(entity, properties, (_, n) => `$${n + 2}`)} WHERE id = $1`;

/** The parameters of `insertInto`. */
export const insertValues = <T extends object>(entity: EntityClass<T>, row: T): unknown[] =>
  columnsOf(entity).map(({ property }) => row[property]);

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

/** The defaults of an entity's columns: null for a nullable column without one. Required columns without a default are left out. */
export const defaultsOf = <T extends object>(entity: EntityClass<T>): Partial<T> =>
  Object.fromEntries(
    columnsOf(entity).flatMap(({ property, default: value }) =>
      value === undefined ? [] : [[property, typeof value === 'object' ? structuredClone(value) : value]],
    ),
  ) as Partial<T>;

/** The columns of an entity that `source` gives: without undefined ones, and without other properties. */
export function givenColumns<T extends object>(entity: EntityClass<T>, source: object): Partial<T> {
  const given = source as Partial<T>;
  const columns = propertiesOf(entity).filter((property) => given[property] !== undefined);
  return Object.fromEntries(columns.map((property) => [property, given[property]])) as Partial<T>;
}

/** The part of a row of a joined statement that belongs to one entity. */
export function rowOf<T extends object>(entity: EntityClass<T>, row: T): T {
  const part = {} as T;
  for (const { property } of columnsOf(entity)) part[property] = row[property];
  return part;
}
