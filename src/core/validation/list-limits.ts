import { ARRAY_MAX_SIZE, getMetadataStorage } from 'class-validator';

/** Maximum number of items of each list field, by class. */
const known = new Map<unknown, ReadonlyMap<string, number>>();

/**
 * Cuts a list to one item more than its `@ArrayMaxSize` allows. It is still rejected for its length, and the more expensive validation
 * of the items does not run thousands of times first.
 */
export function clipList(type: abstract new () => unknown, field: string, value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  const max = limitsOf(type).get(field);
  return max !== undefined && value.length > max ? value.slice(0, max + 1) : value;
}

function limitsOf(type: abstract new () => unknown): ReadonlyMap<string, number> {
  let limits = known.get(type);
  if (!limits) {
    const rules = getMetadataStorage().getTargetValidationMetadatas(type, '', true, false);
    const ofLists = rules.filter(({ name }) => name === ARRAY_MAX_SIZE);
    limits = new Map(ofLists.map(({ propertyName, constraints }) => [propertyName, constraints[0] as number]));
    known.set(type, limits);
  }
  return limits;
}
