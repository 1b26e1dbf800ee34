import { buildMessage, ValidateBy, type ValidationOptions } from 'class-validator';

/** White space and control characters, which URL parsers tolerate. */
const UNSAFE = /[\s\p{Cc}]/u;

/** Whether a text is an absolute http or https URL without user name, password and fragment. */
export function isHttpUrl(text: unknown): text is string {
  if (typeof text !== 'string' || UNSAFE.test(text) || !/^https?:\/\/[^/\\]/i.test(text)) return false;
  if (!URL.canParse(text)) return false;
  const { username, password, hash } = new URL(text);
  return username === '' && password === '' && hash === '';
}

/** Checks that a text is an absolute http or https URL without user name, password and fragment. */
export const IsHttpUrl = (options?: ValidationOptions): PropertyDecorator =>
  ValidateBy(
    {
      name: 'isHttpUrl',
      validator: {
        validate: isHttpUrl,
        defaultMessage: buildMessage((each) => `${each}$property must be an http or https address`, options),
      },
    },
    options,
  );
