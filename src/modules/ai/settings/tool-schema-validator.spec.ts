import { ToolSchemaValidator } from './tool-schema-validator.js';

const schemas = new ToolSchemaValidator();
const CITY = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'https://example.com/city',
  type: 'object',
  properties: { city: { type: 'string', pattern: '^(a+)+$', format: 'city' }, days: { type: 'integer', maximum: 7 } },
  required: ['city'],
  additionalProperties: false,
};

describe('ToolSchemaValidator', () => {
  it.each([
    [{ city: 'Oslo' }, undefined],
    [{ city: 'Oslo', days: 3 }, undefined],
    [{}, "arguments must have required property 'city'"],
    [{ city: 7 }, '/city must be string'],
    [{ city: 'Oslo', days: 8 }, '/days must be <= 7'],
    [{ city: 'Oslo', more: 1 }, 'arguments must NOT have additional properties'],
  ])('validates the arguments %j: %j', async (value, expected) => {
    expect(await schemas.findArgumentError(CITY, value)).toBe(expected);
  });

  it('does not execute patterns', async () => {
    expect(await schemas.findArgumentError(CITY, { city: `${'a'.repeat(10_000)}!` })).toBeUndefined();
  });

  it.each([
    [{ type: 'object', properties: { a: { type: 'number or so' } } }, 'schema is invalid'],
    [{ type: 'object', properties: { a: { $ref: 'https://example.com/elsewhere' } } }, "can't resolve reference"],
    [{ type: 'object', properties: { a: { type: 'string', pattern: '(' } } }, 'Invalid regular expression'],
    [{ type: 'object', required: 'a' }, 'schema is invalid'],
  ])('reports what is wrong with the schema %j: %s', async (schema, words) => {
    expect(await schemas.findSchemaError(schema)).toContain(words);
  });

  it('keeps schemas with the same `$id` apart', async () => {
    const other = { ...CITY, properties: { city: { type: 'number' } } };
    expect(await schemas.findSchemaError(CITY)).toBeUndefined();
    expect(await schemas.findArgumentError(other, { city: 1 })).toBeUndefined();
    expect(
      await schemas.findArgumentError(
        { type: 'object', $defs: { a: {} }, properties: { b: { $ref: '#/$defs/a' } } },
        {},
      ),
    ).toBe(undefined);
  });
});
