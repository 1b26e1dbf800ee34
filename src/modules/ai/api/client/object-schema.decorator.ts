import { buildMessage, ValidateBy, type ValidationOptions } from 'class-validator';

const MAX_BYTES = 8192;
const MAX_DEPTH = 16;

/** Checks the type and size of a JSON schema. `ToolSchemaValidator` compiles it later. */
function isObjectSchema(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  if ((value as { type?: unknown }).type !== 'object' || depthOf(value) > MAX_DEPTH) return false;
  return Buffer.byteLength(JSON.stringify(value)) <= MAX_BYTES;
}

const depthOf = (value: unknown): number =>
  typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;

/** Validates that a value is a JSON schema of type `object`, within the limits of size and depth. */
export const IsObjectSchema = (options?: ValidationOptions): PropertyDecorator =>
  ValidateBy(
    {
      name: 'isObjectSchema',
      validator: {
        validate: isObjectSchema,
        defaultMessage: buildMessage(
          (each) =>
            `${each}$property must be a JSON schema with the type "object", of ${MAX_BYTES} bytes and a depth of ${MAX_DEPTH} at most`,
          options,
        ),
      },
    },
    options,
  );
