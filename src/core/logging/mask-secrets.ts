export const MASK = '***';

/** Longer texts are cut, so that the patterns below run on short texts only. */
const MAX_TEXT_LENGTH = 8192;

/** Each pattern keeps its first group, which shows the kind of secret, and masks the rest. */
const SECRETS: readonly RegExp[] = [
  /\b(sk-)[\w-]{8,}/g, // keys of model providers
  /\b(whsec_)[\w+/=-]{8,}/g, // secrets of callbacks
  /\b((?:Bearer|Basic) +)[\w.~+/=-]+/gi,
  /(?<![\w-])(eyJ)[\w-]+\.[\w-]+\.[\w-]*/g, // JSON Web Tokens
  /(:\/\/[^\s:/@]*:)[^\s/]+(?=@)/g, // the password of postgres://user:password@host
  /([?&](?:[\w-]{0,32}token|key|secret|password|signature)=)[^&\s]+/gi,
];

/** Masks likely secrets in a log text. */
export function maskSecrets(text: string): string {
  const masked = SECRETS.reduce((rest, secret) => rest.replace(secret, `$1${MASK}`), text.slice(0, MAX_TEXT_LENGTH));
  const cut = text.length - MAX_TEXT_LENGTH;
  return cut > 0 ? `${masked}… (${cut} more characters)` : masked;
}
