import { cutText } from '../../../core/text/storable-text.js';
import { Injectable } from '@nestjs/common';
import type { Ajv, ValidateFunction } from 'ajv';
import { LRUCache } from 'lru-cache';

type Schema = Readonly<Record<string, unknown>>;

const MAX_FAULT_CHARS = 300;

/**
 * Checks what models ask of tools against the schemas of these. Patterns in schemas are for the model: here they are only read, not
 * applied, since a bad one can take for ever over a short text.
 */
@Injectable()
export class ToolSchemas {
  private readonly compiled = new LRUCache<string, ValidateFunction>({ max: 500 });
  private loading: Promise<Ajv> | undefined;

  /** @returns what is wrong with a schema; undefined when nothing is */
  async faultOf(schema: Schema): Promise<string | undefined> {
    try {
      await this.compile(schema);
      return undefined;
    } catch (error) {
      return shortened((error as Error).message);
    }
  }

  /** @returns what of the arguments does not fit; undefined when all does */
  async misfitOf(schema: Schema, value: unknown): Promise<string | undefined> {
    const check = await this.compile(schema);
    if (check(value)) return undefined;
    const [{ instancePath, message = 'is not right' }] = check.errors!;
    return shortened(`${instancePath || 'the whole'} ${message}`);
  }

  private async compile(schema: Schema): Promise<ValidateFunction> {
    const name = JSON.stringify(schema);
    const known = this.compiled.get(name);
    if (known) return known;
    const ajv = await (this.loading ??= load());
    // Whatever dialect it names, and whatever it calls itself: it is not to meet another one.
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

/** Only where there are tools: it is not small. */
async function load(): Promise<Ajv> {
  const { Ajv } = await import('ajv');
  return new Ajv({ strict: false, validateFormats: false, logger: false, code: { regExp } });
}

/** @throws SyntaxError for what is no pattern */
const regExp = Object.assign(
  (pattern: string) => {
    new RegExp(pattern, 'u');
    return { test: () => true };
  },
  { code: '() => ({ test: () => true })' },
);

const shortened = (text: string): string =>
  text.length > MAX_FAULT_CHARS ? `${cutText(text, MAX_FAULT_CHARS)}…` : text;
