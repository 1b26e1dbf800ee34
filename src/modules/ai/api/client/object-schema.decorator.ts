import { buildMessage, ValidateBy, type ValidationOptions } from 'class-validator';

const MAX_BYTES = 8192;
const MAX_DEPTH = 16;

/** Whether a value may be the JSON schema of an object that models are told of. Whether it is a good one is seen when it is compiled. */
function isObjectSchema(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  if ((value as { type?: unknown }).type !== 'object' || depthOf(value) > MAX_DEPTH) return false;
  return Buffer.byteLength(JSON.stringify(value)) <= MAX_BYTES;
}

const depthOf = (value: unknown): number =>
  typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;

/** Checks that a value is a JSON schema of an object, neither large nor deep. */
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
