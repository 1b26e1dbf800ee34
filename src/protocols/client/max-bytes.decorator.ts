import { buildMessage, ValidateBy, type ValidationOptions } from 'class-validator';

/** The contract counts lengths in bytes of UTF-8. */
export const isWithinBytes = (text: unknown, limit: number): boolean =>
  typeof text === 'string' && Buffer.byteLength(text) <= limit;

/** Checks that a text has no more than `limit` bytes of UTF-8. */
export const MaxBytes = (limit: number, options?: ValidationOptions): PropertyDecorator =>
  ValidateBy(
    {
      name: 'maxBytes',
      constraints: [limit],
      validator: {
        validate: (text: unknown) => isWithinBytes(text, limit),
        defaultMessage: buildMessage((each) => `${each}$property must not be longer than ${limit} bytes`, options),
      },
    },
    options,
  );
