import { cutText } from '../../../core/text/storable-text.js';
import { Injectable } from '@nestjs/common';
import type { Ajv, ValidateFunction } from 'ajv';
import { LRUCache } from 'lru-cache';

type Schema = Readonly<Record<string, unknown>>;

const MAX_ERROR_CHARS = 300;

/**
 * Validates the arguments of tool calls against the JSON schemas of the tools. Patterns are compiled but not applied, because a bad
 * one can take very long on a short text.
 */
@Injectable()
export class ToolSchemaValidator {
  private readonly compiled = new LRUCache<string, ValidateFunction>({ max: 500 });
  private loading: Promise<Ajv> | undefined;

  /** @returns undefined if the schema is valid */
  async findSchemaError(schema: Schema): Promise<string | undefined> {
    try {
      await this.compile(schema);
      return undefined;
    } catch (error) {
      return truncate((error as Error).message);
    }
  }

  /** @returns undefined if the arguments are valid */
  async findArgumentError(schema: Schema, value: unknown): Promise<string | undefined> {
    const check = await this.compile(schema);
    if (check(value)) return undefined;
    const [{ instancePath, message = 'is invalid' }] = check.errors!;
    return truncate(`${instancePath || 'arguments'} ${message}`);
  }

  private async compile(schema: Schema): Promise<ValidateFunction> {
    const name = JSON.stringify(schema);
    const known = this.compiled.get(name);
    if (known) return known;
    const ajv = await (this.loading ??= load());
    // Drop dialect and id, so that schemas with the same id do not collide.
    const { $schema: _dialect, $id: _id, ...bare } = schema;
    try {
      const check = ajv.compile(bare);
      this.compiled.set(name, check);
      return check;
    } finally {
      ajv.removeSchema(bare);
    }
  }
}

/** Loaded on first use because of its size. */
async function load(): Promise<Ajv> {
  const { Ajv } = await import('ajv');
  return new Ajv({ strict: false, validateFormats: false, logger: false, code: { regExp } });
}

/** @throws SyntaxError for an invalid pattern */
const regExp = Object.assign(
  (pattern: string) => {
    new RegExp(pattern, 'u');
    return { test: () => true };
  },
  { code: '() => ({ test: () => true })' },
);

const truncate = (text: string): string =>
  text.length > MAX_ERROR_CHARS ? `${cutText(text, MAX_ERROR_CHARS)}…` : text;
