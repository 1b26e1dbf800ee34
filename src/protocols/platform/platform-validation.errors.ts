import type { ValidationError } from 'class-validator';
import { PLATFORM_CODES, type PlatformCode } from './platform-codes.js';
import { fieldRequired, PlatformError } from './platform.error.js';

/** The code of each kind of constraint, the most telling first: of several faults of one field the first is reported. */
const CODE_OF_CONSTRAINT: Readonly<Record<string, PlatformCode>> = {
  isDefined: PLATFORM_CODES.required,
  isNotEmpty: PLATFORM_CODES.required,
  isArray: PLATFORM_CODES.notAList,
  isObject: PLATFORM_CODES.notAnObject,
  isString: PLATFORM_CODES.notAString,
  isNumber: PLATFORM_CODES.notANumber,
  isInt: PLATFORM_CODES.notANumber,
  nestedValidation: PLATFORM_CODES.notAnObject,
  isBoolean: PLATFORM_CODES.notABoolean,
  maxLength: PLATFORM_CODES.tooLong,
  hasShortItems: PLATFORM_CODES.tooLong,
  arrayMaxSize: PLATFORM_CODES.tooMany,
  isPlainText: PLATFORM_CODES.badCharacter,
  matches: PLATFORM_CODES.badCharacter,
  min: PLATFORM_CODES.outOfRange,
  max: PLATFORM_CODES.outOfRange,
};
const PRECEDENCE = Object.keys(CODE_OF_CONSTRAINT);

/** What a fault needs to be worded. */
interface Fault {
  path: string;
  property: string;
  value: unknown;
  constraint: string;
  text: string;
}

/** Words the first of the faults that the validation has found. @param isQuery whether the fields came in the address */
export function toPlatformError(errors: readonly ValidationError[], isQuery: boolean): PlatformError {
  const fault = firstFault(errors, '');
  if (!fault) return new PlatformError(PLATFORM_CODES.invalid, 'The request is not valid.');
  if (fault.value === undefined) return fieldRequired(fault.path);
  return new PlatformError(codeOf(fault, isQuery), fault.text.replace(fault.property, () => fault.path) + '.');
}

function firstFault(errors: readonly ValidationError[], parent: string): Fault | undefined {
  for (const { property, value, constraints, children = [] } of errors) {
    const path = /^\d+$/.test(property) ? `${parent}[${property}]` : parent ? `${parent}.${property}` : property;
    const constraint = Object.keys(constraints ?? {}).sort(byPrecedence)[0];
    if (constraint) return { path, property, value, constraint, text: constraints![constraint] };
    const fault = firstFault(children, path);
    if (fault) return fault;
  }
  return undefined;
}

const byPrecedence = (a: string, b: string): number => rank(a) - rank(b);
const rank = (constraint: string): number => {
  const place = PRECEDENCE.indexOf(constraint);
  return place < 0 ? PRECEDENCE.length : place;
};

function codeOf({ constraint, value }: Fault, isQuery: boolean): PlatformCode {
  if (isQuery && constraint === 'min' && typeof value === 'number' && value < 0) return PLATFORM_CODES.negative;
  return CODE_OF_CONSTRAINT[constraint] ?? PLATFORM_CODES.invalid;
}
