import { Encryptor } from './encryptor.js';

const KEY = 'a-key-of-some-length-0123456789-0123456789';

describe('Encryptor', () => {
  const encryptor = new Encryptor(KEY);

  it.each(['0123456789abcdef', '', 'grüße 🔑', 'x'.repeat(10_000)])('decrypts an encrypted text', (secret) => {
    expect(encryptor.decrypt(encryptor.encrypt(secret))).toBe(secret);
    expect(new Encryptor(KEY).decrypt(encryptor.encrypt(secret))).toBe(secret);
  });

  it('encrypts the same text to different bytes each time', () => {
    const [first, second] = [encryptor.encrypt('secret'), encryptor.encrypt('secret')];
    expect(first.equals(second)).toBe(false);
    expect(first.includes('secret')).toBe(false);
  });

  it('rejects another key', () => {
    expect(() => new Encryptor(`${KEY}.`).decrypt(encryptor.encrypt('secret'))).toThrow();
  });

  it('detects each changed byte', () => {
    const encrypted = encryptor.encrypt('secret');
    for (let index = 0; index < encrypted.length; index++) {
      const changed = Buffer.from(encrypted);
      changed[index] ^= 1;
      expect(() => encryptor.decrypt(changed)).toThrow();
    }
  });

  it('detects truncation at every length', () => {
    const encrypted = encryptor.encrypt('secret');
    for (let length = 0; length < encrypted.length; length++) {
      expect(() => encryptor.decrypt(encrypted.subarray(0, length))).toThrow();
    }
  });
});
