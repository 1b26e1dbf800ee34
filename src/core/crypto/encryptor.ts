import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12; // the size that NIST SP 800-38D recommends for GCM
const TAG_BYTES = 16;

/**
 * Encrypts secrets that must be shown again or used for signing (bot tokens, webhook secrets).
 * The result is `nonce | tag | ciphertext`. The key is derived from `ENCRYPTION_KEY`, which may be any long text.
 */
export class Encryptor {
  private readonly key: Buffer;

  constructor(encryptionKey: string) {
    this.key = Buffer.from(hkdfSync('sha256', encryptionKey, '', 'parley/sealer', 32));
  }

  encrypt(secret: string): Buffer {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, this.key, nonce);
    const ciphertext = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), ciphertext]);
  }

  /** @throws Error if the text was encrypted with another `ENCRYPTION_KEY` or was modified */
  decrypt(encrypted: Buffer): string {
    const options = { authTagLength: TAG_BYTES }; // rejects shortened tags, which are easier to guess
    const decipher = createDecipheriv(ALGORITHM, this.key, encrypted.subarray(0, NONCE_BYTES), options);
    decipher.setAuthTag(encrypted.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    const text = Buffer.concat([decipher.update(encrypted.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
    return text.toString('utf8');
  }
}
