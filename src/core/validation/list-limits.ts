import { ARRAY_MAX_SIZE, getMetadataStorage } from 'class-validator';

/** By class, how many items its lists may have. */
const known = new Map<unknown, ReadonlyMap<string, number>>();

/**
 * Shortens a list that is too long to one item more than its `@ArrayMaxSize` allows. It is refused for its length all the same, and the
 * checks of each item, which are much dearer, are not made thousands of times before that.
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
