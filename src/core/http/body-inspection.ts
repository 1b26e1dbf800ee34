import { textFault, toFieldName } from '../text/text-faults.js';
import { BodyError } from './http-input.error.js';

/**
 * Keys of all objects and items of all arrays of a body together. Five times what the longest list of the contracts needs; the checks of
 * the DTOs spend about 10 µs on each, and no body may hold the event loop up for longer than 100 ms.
 */
export const MAX_VALUES = 5000;

export const tooManyValues = () =>
  new BodyError(400, 'too_many_keys', `The body may have ${MAX_VALUES} keys and list items at most.`);

/** A careless copy further in would change a prototype, or what the validator believes an object's class to be. */
const DANGEROUS_KEYS: readonly string[] = ['__proto__', 'constructor'];

/** What is wrong with a value, and where. The path grows from the inside out while the recursion returns. */
interface Fault {
  readonly code: string;
  readonly problem: string;
  path: string;
}

/**
 * Walks a parsed body once; whoever parsed it has bounded its depth.
 *
 * @param checkStrings whether strings may hold NUL or lone surrogates at all
 * @throws BodyError
 *   - `too_many_keys`
 *   - `unknown_field` for `__proto__` and `constructor`
 *   - `null_character_not_allowed` and `invalid_unicode`, which PostgreSQL cannot store
 */
export function inspectBody(body: unknown, checkStrings: boolean): void {
  let keys = 0;

  const faultOf = (value: unknown): Fault | undefined => {
    if (typeof value === 'string') return checkStrings ? stringFault(value) : undefined;
    if (typeof value !== 'object' || value === null) return undefined;
    return Array.isArray(value) ? arrayFault(value) : objectFault(value as Record<string, unknown>);
  };

  const arrayFault = (items: unknown[]): Fault | undefined => {
    for (let i = 0; i < items.length; i++) {
      const fault = faultOf(items[i]);
      if (fault) return at(`[${i}]`, fault);
    }
    return undefined;
  };

  const objectFault = (object: Record<string, unknown>): Fault | undefined => {
    for (const key in object) {
      if (++keys > MAX_VALUES) throw tooManyValues();
      const fault = keyFault(key, checkStrings) ?? faultOf(object[key]);
      if (fault) return at(`.${key}`, fault);
    }
    return undefined;
  };

  const fault = faultOf(body);
  if (fault) throw toBodyError(fault);
}

function keyFault(key: string, checkStrings: boolean): Fault | undefined {
  if (DANGEROUS_KEYS.includes(key)) return { code: 'unknown_field', problem: 'is not a known field', path: '' };
  return checkStrings ? stringFault(key) : undefined;
}

function stringFault(text: string): Fault | undefined {
  const fault = textFault(text);
  return fault && { ...fault, path: '' };
}

function at(step: string, fault: Fault): Fault {
  fault.path = step + fault.path;
  return fault;
}

function toBodyError({ code, problem, path }: Fault): BodyError {
  const field = toFieldName(path);
  return new BodyError(400, code, `${field ? `"${field}"` : 'The body'} ${problem}.`, field || undefined);
}
