import { Sealer } from './sealer.js';

const KEY = 'a-key-of-some-length-0123456789-0123456789';

describe('Sealer', () => {
  const sealer = new Sealer(KEY);

  it.each(['0123456789abcdef', '', 'grüße 🔑', 'x'.repeat(10_000)])('decrypts an encrypted text', (secret) => {
    expect(sealer.open(sealer.seal(secret))).toBe(secret);
    expect(new Sealer(KEY).open(sealer.seal(secret))).toBe(secret);
  });

  it('encrypts the same text to different bytes each time', () => {
    const [first, second] = [sealer.seal('secret'), sealer.seal('secret')];
    expect(first.equals(second)).toBe(false);
    expect(first.includes('secret')).toBe(false);
  });

  it('rejects another key', () => {
    expect(() => new Sealer(`${KEY}.`).open(sealer.seal('secret'))).toThrow();
  });

  it('detects each changed byte', () => {
    const sealed = sealer.seal('secret');
    for (let index = 0; index < sealed.length; index++) {
      const changed = Buffer.from(sealed);
      changed[index] ^= 1;
      expect(() => sealer.open(changed)).toThrow();
    }
  });

  it('detects truncation at every length', () => {
    const sealed = sealer.seal('secret');
    for (let length = 0; length < sealed.length; length++) {
      expect(() => sealer.open(sealed.subarray(0, length))).toThrow();
    }
  });
});
