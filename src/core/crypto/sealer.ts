import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12; // the size that NIST SP 800-38D recommends for GCM
const TAG_BYTES = 16;

/**
 * Seals secrets that a contract obliges us to show again or to sign with (bot tokens, webhook secrets).
 * A sealed text is `nonce | tag | ciphertext`; the key is derived from `ENCRYPTION_KEY`, so that any long text serves as one.
 */
export class Sealer {
  private readonly key: Buffer;

  constructor(encryptionKey: string) {
    this.key = Buffer.from(hkdfSync('sha256', encryptionKey, '', 'parley/sealer', 32));
  }

  seal(secret: string): Buffer {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, this.key, nonce);
    const ciphertext = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), ciphertext]);
  }

  /** @throws Error when the text was sealed with another `ENCRYPTION_KEY`, or changed since */
  open(sealed: Buffer): string {
    const options = { authTagLength: TAG_BYTES }; // without it a shortened tag, which is easier to guess, would do
    const decipher = createDecipheriv(ALGORITHM, this.key, sealed.subarray(0, NONCE_BYTES), options);
    decipher.setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    const text = Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
    return text.toString('utf8');
  }
}
