import { buildMessage, maxLength, ValidateBy, type ValidationOptions } from 'class-validator';

// Control and bidirectional characters, which can disguise a name.
const DECEPTIVE_CHARACTERS = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u;
const VISIBLE_CHARACTER = /[^\p{C}\p{Z}]/u;
const MAX_METADATA_ITEMS = 5;
export const MAX_METADATA_KEY = 128;
const MAX_METADATA_VALUE = 65_536;

/** For ids and names: no control and no bidirectional characters. */
export const IsPlainText = (options?: ValidationOptions): PropertyDecorator =>
  check('isPlainText', (value) => typeof value !== 'string' || !DECEPTIVE_CHARACTERS.test(value), {
    message: '$property must not contain control characters, nor characters that change the direction of text',
    ...options,
  });

/** For displayed text: requires a visible character. */
export const HasVisibleText = (): PropertyDecorator =>
  check('hasVisibleText', (value) => typeof value !== 'string' || VISIBLE_CHARACTER.test(value), {
    message: '$property must contain at least one visible character',
  });

/** For URLs that the server calls; empty means none. */
export const IsHttpUrl = (): PropertyDecorator =>
  check('isHttpUrl', (value) => typeof value !== 'string' || value === '' || isHttpUrl(value), {
    message: '$property must be empty, or an http or https URL without user name, password and fragment',
  });

/** For future times in milliseconds since 1970. */
export const IsInFuture = (): PropertyDecorator =>
  check('isInFuture', (value) => typeof value !== 'number' || value > Date.now(), {
    message: '$property must be in the future',
  });

/** For metadata of users: at most 5 strings, with keys that can be used in comma-separated lists. */
export const IsFlatMetadata = (): PropertyDecorator =>
  check('isFlatMetadata', (value) => typeof value !== 'object' || value === null || isFlatMetadata(value), {
    message: `$property may have ${MAX_METADATA_ITEMS} items at most, all of them strings, with keys that contain no comma`,
  });

/** For metadata of channels: strings, with keys that can be used in comma-separated lists. */
export const IsStringMap = (): PropertyDecorator =>
  check('isStringMap', (value) => typeof value !== 'object' || value === null || isStringMap(value), {
    message: '$property may have strings only, with keys that contain no comma',
  });

/** For metadata: keys and values within the limits of list filters and of the operation for one item. */
export const HasShortItems = (): PropertyDecorator =>
  check('hasShortItems', (value) => typeof value !== 'object' || value === null || hasShortItems(value), {
    message: `$property may have keys of ${MAX_METADATA_KEY} and values of ${MAX_METADATA_VALUE} characters at most`,
  });

const check = (name: string, validate: (value: unknown) => boolean, options: ValidationOptions): PropertyDecorator =>
  ValidateBy({ name, validator: { validate, defaultMessage: buildMessage(() => '') } }, options);

function isHttpUrl(text: string): boolean {
  if (/[\s\p{Cc}\\]/u.test(text) || text.includes('#') || !URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return /^https?:$/.test(protocol) && /^https?:\/\//i.test(text) && username === '' && password === '';
}

const isFlatMetadata = (metadata: object): boolean =>
  Object.keys(metadata).length <= MAX_METADATA_ITEMS && isStringMap(metadata);

const isStringMap = (map: object): boolean =>
  Object.entries(map).every(([key, value]) => typeof value === 'string' && key !== '' && !key.includes(','));

const hasShortItems = (map: object): boolean =>
  Object.entries(map).every(
    ([key, value]) =>
      maxLength(key, MAX_METADATA_KEY) && (typeof value !== 'string' || maxLength(value, MAX_METADATA_VALUE)),
  );
