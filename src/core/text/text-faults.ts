import { toUSVString } from 'node:util';

/** A fault of a text that PostgreSQL's `text` or `jsonb` cannot store. */
export interface TextFault {
  readonly code: 'null_character_not_allowed' | 'invalid_unicode';
  /** The end of a sentence that begins with the field. */
  readonly problem: string;
}

/** A fault within a value parsed from JSON, and its field; empty for the value itself. */
export interface FieldFault {
  readonly field: string;
  readonly fault: TextFault;
}

const NUL: TextFault = { code: 'null_character_not_allowed', problem: 'must not contain the NUL character' };
const SURROGATE: TextFault = { code: 'invalid_unicode', problem: 'must not contain half of a surrogate pair' };
/** Lone surrogates only: with the `u` flag a pair counts as one character. */
const LONE_SURROGATE = /\p{Surrogate}/u;
/** Field names are part of error messages. */
const MAX_FIELD_LENGTH = 200;

export function textFault(text: string): TextFault | undefined {
  if (text.includes('\0')) return NUL;
  return LONE_SURROGATE.test(text) ? SURROGATE : undefined;
}

/** Checks all texts and keys of a parsed value, whose depth the caller has limited. */
export function findTextFault(value: unknown): FieldFault | undefined {
  const path: string[] = [];
  const walk = (inner: unknown): TextFault | undefined => {
    if (typeof inner === 'string') return textFault(inner);
    if (typeof inner !== 'object' || inner === null) return undefined;
    for (const [key, item] of Object.entries(inner)) {
      const fault = textFault(key) ?? walk(item);
      if (!fault) continue;
      path.unshift(Array.isArray(inner) ? `[${key}]` : `.${key}`);
      return fault;
    }
    return undefined;
  };
  const fault = walk(value);
  return fault && { field: toFieldName(path.join('')), fault };
}

/** @returns a field name for a path such as `.content.items[2]`, shortened and without characters that would make it a faulty text */
export const toFieldName = (path: string): string =>
  toUSVString(path.replace(/^\./, '').slice(0, MAX_FIELD_LENGTH)).replaceAll('\0', '\ufffd');
