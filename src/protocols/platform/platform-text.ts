import { parseJsonBody } from '../../core/http/body-content.js';

/** Fields that have come as text, from a query or from a multipart body. The text is made into what each field shall be. */
export class TextFields {
  constructor(readonly values: Readonly<Record<string, unknown>>) {}
}

type Constructor = new () => object;

/** What some clients make of an object when they put a list into a form: nothing is left of it to be read. */
const LOST_OBJECT = '[object Object]';

const BOOLEANS: Readonly<Record<string, boolean>> = { true: true, false: false, '1': true, '0': false };

/**
 * Reads text fields as the fields of `type`, by the types that its properties are declared with: `True` for a boolean, `10` for a
 * number, `a,b` or a JSON array or a repeated field for a list, JSON for an object. An empty text means that the field is absent,
 * unless it is to be a string. Text that cannot be read stays text, for the validation to complain of.
 */
export function readTextFields({ values }: TextFields, type: Constructor): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, readField(value, declaredType(type, name))]),
  );
}

const declaredType = (type: Constructor, name: string): unknown =>
  Reflect.getMetadata('design:type', type.prototype, name);

function readField(value: unknown, type: unknown): unknown {
  if (type === Array) return Array.isArray(value) ? value : readList(value);
  if (typeof value !== 'string') return value;
  if (type === String || type === undefined) return value;
  if (value === '') return undefined;
  if (type === Boolean) return BOOLEANS[value.trim().toLowerCase()] ?? value;
  return type === Number ? readNumber(value) : (readJson(value) ?? value);
}

function readList(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  if (value === '') return undefined;
  const list = value.trimStart().startsWith('[') ? readJson(value) : undefined;
  return list ?? splitList(value);
}

const splitList = (text: string): string[] =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== LOST_OBJECT);

/** Only what JSON calls a number: no `0x10`, no spaces, no `Infinity`. */
function readNumber(text: string): unknown {
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

function readJson(text: string): unknown {
  try {
    return parseJsonBody(Buffer.from(text));
  } catch {
    return undefined;
  }
}
