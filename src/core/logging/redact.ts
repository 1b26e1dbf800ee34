import { MASK, maskSecrets } from './mask-secrets.js';

/** Names of fields that hold secrets, in lower case and without `-` and `_`. */
const SECRET_NAMES = new Set(['authorization', 'cookie', 'setcookie', 'xsendbirdsignature', 'webhooksignature', 'key']);
/** Names with these endings are secret as well: `api-token`, `botToken`, `client_secret`, `ENCRYPTION_KEY`. */
const SECRET_ENDINGS: readonly string[] = ['token', 'secret', 'password', 'apikey', 'secretkey', 'encryptionkey'];

const MAX_DEPTH = 6;
/** Maximum number of copied values, as some objects refer to half of the process. */
const MAX_VALUES = 500;

/**
 * Copies a value for the log: fields with secrets are masked by name, texts by pattern, errors become plain objects with
 * their stack. Deep, large and circular values are cut. It never throws, as logging must always succeed.
 */
export function redact(value: unknown): unknown {
  try {
    return new Redaction().copy(value, 0);
  } catch {
    return '[unreadable]';
  }
}

class Redaction {
  private left = MAX_VALUES;

  copy(value: unknown, depth: number): unknown {
    this.left--;
    switch (typeof value) {
      case 'string':
        return maskSecrets(value);
      case 'bigint':
      case 'symbol':
        return String(value);
      case 'function':
        return `[function ${value.name}]`;
      case 'object':
        return value === null ? null : this.copyObject(value, depth);
      default:
        return value;
    }
  }

  private copyObject(value: object, depth: number): unknown {
    if (depth >= MAX_DEPTH || this.left <= 0) return '[cut]';
    if (value instanceof Error) return this.copyError(value, depth);
    if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
    if (value instanceof Map) return this.copyFields(Object.fromEntries(value), depth);
    if (value instanceof Set || Array.isArray(value)) return this.copyItems([...value], depth);
    if ('toJSON' in value && typeof value.toJSON === 'function') return this.copy(value.toJSON(), depth + 1);
    return this.copyFields(value, depth);
  }

  private copyItems(items: readonly unknown[], depth: number): unknown[] {
    return this.firstOf(items).map((item) => this.copy(item, depth + 1));
  }

  private copyFields(object: object, depth: number): Record<string, unknown> {
    const entries = this.firstOf(Object.entries(object));
    return Object.fromEntries(
      entries.map(([name, value]) => [name, isSecret(name) && isSet(value) ? MASK : this.copy(value, depth + 1)]),
    );
  }

  /** @returns the entries within the limit of values */
  private firstOf<T>(entries: readonly T[]): readonly T[] {
    return entries.slice(0, Math.max(0, this.left));
  }

  private copyError(error: Error, depth: number): Record<string, unknown> {
    return {
      ...this.copyFields(error, depth),
      type: error.name,
      message: maskSecrets(error.message),
      stack: maskSecrets(error.stack ?? ''),
      cause: this.copy(error.cause, depth + 1),
    };
  }
}

function isSecret(name: string): boolean {
  const bare = name.toLowerCase().replace(/[-_]/g, '');
  return SECRET_NAMES.has(bare) || SECRET_ENDINGS.some((ending) => bare.endsWith(ending));
}

/** Missing secrets are logged as such. */
const isSet = (value: unknown) => value !== undefined && value !== null && value !== '';
