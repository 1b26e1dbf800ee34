import { textFault, toFieldName } from '../text/text-faults.js';
import { BodyError } from './http-input.error.js';

/**
 * Total number of object keys and array items in a body. Five times the longest list of the contracts. The DTO validation takes about
 * 10 µs for each, and no body may block the event loop for longer than 100 ms.
 */
export const MAX_VALUES = 5000;

export const tooManyValues = () =>
  new BodyError(400, 'too_many_keys', `The body must have at most ${MAX_VALUES} keys and list items.`);

/** A careless copy of these keys would change a prototype, or the class that the validator detects. */
const DANGEROUS_KEYS: readonly string[] = ['__proto__', 'constructor'];

/** A fault of a value and its path, which grows from the inside out while the recursion returns. */
interface Fault {
  readonly code: string;
  readonly problem: string;
  path: string;
}

/**
 * Walks a parsed body once. The parser has limited its depth.
 *
 * @param checkStrings whether strings can contain NUL or lone surrogates
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
