import type { ValidationError } from 'class-validator';
import { PLATFORM_CODES, type PlatformCode } from './platform-codes.js';
import { fieldRequired, PlatformError } from './platform.error.js';

/** Error codes of constraints in order of precedence: of several errors of one field the first is reported. */
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

/** The parts of an error message. */
interface ConstraintViolation {
  path: string;
  property: string;
  value: unknown;
  constraint: string;
  text: string;
}

/** Maps the first validation error. @param isQuery whether the fields are query parameters */
export function toPlatformError(errors: readonly ValidationError[], isQuery: boolean): PlatformError {
  const violation = firstViolation(errors, '');
  if (!violation) return new PlatformError(PLATFORM_CODES.invalid, 'Invalid request.');
  if (violation.value === undefined) return fieldRequired(violation.path);
  return new PlatformError(
    codeOf(violation, isQuery),
    violation.text.replace(violation.property, () => violation.path) + '.',
  );
}

function firstViolation(errors: readonly ValidationError[], parent: string): ConstraintViolation | undefined {
  for (const { property, value, constraints, children = [] } of errors) {
    const path = /^\d+$/.test(property) ? `${parent}[${property}]` : parent ? `${parent}.${property}` : property;
    const constraint = Object.keys(constraints ?? {}).sort(byPrecedence)[0];
    if (constraint) return { path, property, value, constraint, text: constraints![constraint] };
    const violation = firstViolation(children, path);
    if (violation) return violation;
  }
  return undefined;
}

const byPrecedence = (a: string, b: string): number => rank(a) - rank(b);
const rank = (constraint: string): number => {
  const place = PRECEDENCE.indexOf(constraint);
  return place < 0 ? PRECEDENCE.length : place;
};

function codeOf({ constraint, value }: ConstraintViolation, isQuery: boolean): PlatformCode {
  if (isQuery && constraint === 'min' && typeof value === 'number' && value < 0) return PLATFORM_CODES.negative;
  return CODE_OF_CONSTRAINT[constraint] ?? PLATFORM_CODES.invalid;
}
