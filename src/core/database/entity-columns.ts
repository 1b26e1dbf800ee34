import { getMetadataArgsStorage } from 'typeorm';
import type { ColumnMetadataArgs } from 'typeorm/metadata-args/ColumnMetadataArgs.js';
import { Naming } from './naming.js';

/** The class of an entity. */
export type EntityClass<Entity extends object> = abstract new (...args: never[]) => Entity;

export interface ColumnListOptions {
  /** The table's alias in the statement. */
  readonly from?: string;
  /** Prefix of each result column, followed by a dot: one row can contain several entities, which `entityOf` extracts. */
  readonly as?: string;
}

interface EntityColumn {
  readonly property: string;
  readonly name: string;
  readonly type: string;
  readonly isGenerated: boolean;
}

const naming = new Naming();

/**
 * The columns of an entity for handwritten statements: TypeORM's decorators stay the only place that lists them.
 *
 * @returns `b.id AS "id", b.is_disabled AS "isDisabled", ...`
 * @throws Error for a class without columns
 */
export function columnList<Entity extends object>(
  entity: EntityClass<Entity>,
  { from, as }: ColumnListOptions = {},
): string {
  const table = from === undefined ? '' : `${from}.`;
  const prefix = as === undefined ? '' : `${as}.`;
  return columnsOf(entity)
    .map(({ property, name }) => `${table}${name} AS "${prefix}${property}"`)
    .join(', ');
}

/**
 * INSERT of any number of entities; `$1` is their JSON from `insertValues`.
 *
 * @param tail the end of the statement, such as ON CONFLICT
 */
export function insertInto<Entity extends object>(entity: EntityClass<Entity>, tail = ''): string {
  const columns = columnsOf(entity).filter(({ isGenerated }) => !isGenerated);
  const names = columns.map(({ name }) => name).join(', ');
  const fields = columns.map(({ property, type }) => `"${property}" ${type}`).join(', ');
  return `INSERT INTO ${tableOf(entity)} (${names}) SELECT * FROM jsonb_to_recordset($1::jsonb) AS new (${fields}) ${tail}`;
}

/** @returns the JSON of entities for `insertInto`. Buffers are written in PostgreSQL's hex format. */
export function insertValues<Entity extends object>(entity: EntityClass<Entity>, entities: readonly Entity[]): string {
  const columns = columnsOf(entity).filter(({ isGenerated }) => !isGenerated);
  return JSON.stringify(
    entities.map((entity) =>
      Object.fromEntries(
        columns.map(({ property }) => {
          const value = (entity as Record<string, unknown>)[property];
          return [property, Buffer.isBuffer(value) ? `\\x${value.toString('hex')}` : value];
        }),
      ),
    ),
  );
}

/** @returns the entity in a row that was read with `columnList(entity, { as: prefix })`. Other fields of the row are ignored. */
export function entityOf<Entity extends object>(entity: EntityClass<Entity>, row: object, prefix?: string): Entity {
  const before = prefix === undefined ? '' : `${prefix}.`;
  const found = Object.create(entity.prototype as object) as Record<string, unknown>;
  for (const { property } of columnsOf(entity)) found[property] = (row as Record<string, unknown>)[before + property];
  return found as Entity;
}

const known = new WeakMap<object, readonly EntityColumn[]>();

function columnsOf<Entity extends object>(entity: EntityClass<Entity>): readonly EntityColumn[] {
  const columns = known.get(entity) ?? readColumns(entity);
  known.set(entity, columns);
  return columns;
}

function readColumns(entity: EntityClass<object>): readonly EntityColumn[] {
  const { columns, generations } = getMetadataArgsStorage();
  const generated = new Set(
    generations.filter(({ target }) => target === entity).map(({ propertyName }) => propertyName),
  );
  const own = columns.filter(({ target }) => target === entity);
  if (own.length === 0) throw new Error(`${entity.name} has no columns.`);
  return own.map(({ propertyName, options }) => ({
    property: propertyName,
    name: naming.columnName(propertyName, options.name, []),
    type: typeOf(entity, propertyName, options),
    isGenerated: generated.has(propertyName) || options.generatedType !== undefined,
  }));
}

function typeOf(
  { name }: EntityClass<object>,
  property: string,
  { type, array }: ColumnMetadataArgs['options'],
): string {
  if (typeof type !== 'string') throw new Error(`The column ${name}.${property} has no type.`);
  return array ? `${type}[]` : type;
}

function tableOf(entity: EntityClass<object>): string {
  const table = getMetadataArgsStorage().tables.find(({ target }) => target === entity);
  if (!table?.name) throw new Error(`${entity.name} has no table.`);
  return table.name;
}
