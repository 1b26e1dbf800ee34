import { parseJsonBody } from '../../core/http/body-content.js';

/** Fields received as text, from a query or a multipart body, to be converted to the types of the DTO. */
export class TextFields {
  constructor(readonly values: Readonly<Record<string, unknown>>) {}
}

type Constructor = new () => object;

/** Some clients stringify objects of a list so; the object is lost. */
const STRINGIFIED_OBJECT = '[object Object]';

const BOOLEANS: Readonly<Record<string, boolean>> = { true: true, false: false, '1': true, '0': false };

/**
 * Converts text fields to the declared types of the properties of `type`: `True` for a boolean, `10` for a number, `a,b`, a JSON
 * array or a repeated field for a list, JSON for an object. Empty text means absent, except for a string. Text that cannot be
 * converted stays text, so that the validation rejects it.
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
    .filter((item) => item !== STRINGIFIED_OBJECT);

/** JSON numbers only: no `0x10`, spaces or `Infinity`. */
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
