import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** @returns 2 × `bytes` lower-case hexadecimal digits of randomness */
export const randomHex = (bytes: number): string => randomBytes(bytes).toString('hex');

const SIGNING_SECRET_BYTES = 32; // Standard Webhooks asks for 24 to 64

/** A new secret to sign calls with, as Standard Webhooks has them. */
export const newSigningSecret = (): string => `whsec_${randomBytes(SIGNING_SECRET_BYTES).toString('base64')}`;

/** A plain SHA-256 is enough for tokens of 160 random bits: there is nothing to guess, so nothing to slow down. */
export const hashToken = (token: string): Buffer => createHash('sha256').update(token).digest();

/** Compares two secrets in a time that tells nothing of where they differ, nor of their lengths. */
export const secretsEqual = (a: string, b: string): boolean => timingSafeEqual(hashToken(a), hashToken(b));
