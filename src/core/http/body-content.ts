import { isUtf8 } from 'node:buffer';
import { parse as parseQuery } from 'node:querystring';
import { inspectBody, MAX_VALUES, tooManyValues } from './body-inspection.js';
import { BodyError } from './http-input.error.js';
import { hasMoreValuesThan, isNestedDeeperThan, locateJsonFault } from './json-syntax.js';

/** Nested brackets. */
const MAX_DEPTH = 64;
const BYTE_ORDER_MARK = 0xfeff;

/**
 * Parses any JSON value, not only objects. The last of duplicate keys wins.
 *
 * @throws BodyError `invalid_utf8`, `json_too_deep`, `too_many_keys`, `invalid_json` with the position, or an error of `inspectBody`
 */
export function parseJsonBody(bytes: Buffer): unknown {
  const json = decodeUtf8(bytes);
  if (isNestedDeeperThan(MAX_DEPTH, json)) {
    throw new BodyError(400, 'json_too_deep', `The body must be nested at most ${MAX_DEPTH} levels deep.`);
  }
  if (hasMoreValuesThan(MAX_VALUES, json)) throw tooManyValues();
  const value = parseJson(json);
  // In valid UTF-8 and valid JSON, a NUL or a lone surrogate can only be an escape sequence.
  inspectBody(value, json.includes('\\u'));
  return value;
}

/**
 * Parses a url-encoded form into an object of strings, or of arrays of strings for repeated names.
 *
 * @throws BodyError `invalid_utf8`, `too_many_keys`, `invalid_form` for broken percent-encoding, or an error of `inspectBody`
 */
export function parseFormBody(bytes: Buffer): unknown {
  const text = decodeUtf8(bytes);
  if (text.split('&', MAX_VALUES + 1).length > MAX_VALUES) throw tooManyValues();
  try {
    decodeURIComponent(text);
  } catch {
    throw new BodyError(400, 'invalid_form', 'The body is not a valid form in percent-encoded UTF-8.');
  }
  const form = { ...parseQuery(text, '&', '=', { maxKeys: MAX_VALUES }) };
  inspectBody(form, true);
  return form;
}

function decodeUtf8(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw new BodyError(400, 'invalid_utf8', 'The body is not valid UTF-8.');
  const text = bytes.toString('utf8');
  return text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text;
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    const position = locateJsonFault(json);
    const fault = position === json.length ? 'it ends too early' : 'unexpected text';
    throw new BodyError(400, 'invalid_json', `The body is not valid JSON: ${fault} at position ${position}.`);
  }
}
