import { getMetadataArgsStorage } from 'typeorm';
import { Naming } from './naming.js';

const naming = new Naming();

/**
 * Lists the columns of an entity for a handwritten statement, from TypeORM's decorators.
 *
 * @param from the alias of the table in the statement
 * @returns `b.id AS "id", b.is_disabled AS "isDisabled", ...`
 * @throws Error for a class without columns
 */
export function columnList(entity: abstract new () => object, from?: string): string {
  const table = from === undefined ? '' : `${from}.`;
  const columns = getMetadataArgsStorage().columns.filter(({ target }) => target === entity);
  if (columns.length === 0) throw new Error(`${entity.name} has no columns.`);
  return columns
    .map(
      ({ propertyName, options }) =>
        `${table}${naming.columnName(propertyName, options.name, [])} AS "${propertyName}"`,
    )
    .join(', ');
}
