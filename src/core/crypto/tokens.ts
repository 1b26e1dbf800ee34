import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** @returns 2 × `bytes` lower-case hexadecimal digits of randomness */
export const randomHex = (bytes: number): string => randomBytes(bytes).toString('hex');

const SIGNING_SECRET_BYTES = 32; // Standard Webhooks requires 24 to 64

/** A new signing secret in the format of Standard Webhooks. */
export const newSigningSecret = (): string => `whsec_${randomBytes(SIGNING_SECRET_BYTES).toString('base64')}`;

/** A plain SHA-256 is enough for tokens of 160 random bits, which cannot be guessed. */
export const hashToken = (token: string): Buffer => createHash('sha256').update(token).digest();

/** Compares two secrets in a time that depends neither on the position of a difference nor on their lengths. */
export const secretsEqual = (a: string, b: string): boolean => timingSafeEqual(hashToken(a), hashToken(b));
