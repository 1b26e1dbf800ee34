import { createHash } from 'node:crypto';
import { hashToken, randomHex, secretsEqual } from './tokens.js';

describe('randomHex', () => {
  it('returns two lower-case digits per byte, different each time', () => {
    expect(randomHex(20)).toMatch(/^[0-9a-f]{40}$/);
    expect(randomHex(20)).not.toBe(randomHex(20));
  });
});

describe('hashToken', () => {
  it('is a SHA-256, so that stored hashes stay valid', () => {
    expect(hashToken('token')).toEqual(createHash('sha256').update('token').digest());
  });
});

describe('secretsEqual', () => {
  it.each([
    ['the same', 'the same', true],
    ['', '', true],
    ['the same', 'the samE', false],
    ['the same', 'the same, and more', false],
    ['', 'something', false],
  ])('%j and %j: %j', (a, b, equal) => {
    expect(secretsEqual(a, b)).toBe(equal);
  });
});
