import { maskSecrets } from './mask-secrets.js';

describe('maskSecrets', () => {
  it.each([
    ['key sk-proj-abcdefgh12345678 used', 'key sk-*** used'],
    ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'whsec_***'],
    ['Authorization: Bearer abc.def-ghi', 'Authorization: Bearer ***'],
    ['eyJhbGciOiJIUzI1NiJ9.eyJpZCI6MX0.c2ln here', 'eyJ*** here'],
    ['postgres://parley:p@ss:word@db:5432/parley failed', 'postgres://parley:***@db:5432/parley failed'],
    ['redis://:hunter2@cache', 'redis://:***@cache'],
    ['GET /file?id=1&token=abc&x=1', 'GET /file?id=1&token=***&x=1'],
    ['a risk-free task, see https://example.com/a:b@c', 'a risk-free task, see https://example.com/a:b@c'],
  ])('%s', (text, masked) => {
    expect(maskSecrets(text)).toBe(masked);
  });

  it('cuts long texts', () => {
    const masked = maskSecrets('x'.repeat(10_000));
    expect(masked).toHaveLength('… (1808 more characters)'.length + 8192);
    expect(masked).toMatch(/… \(1808 more characters\)$/);
  });

  it.each(['://', 'eyJ', 'eyJ-', 'sk-', 'Bearer ', '?token=', '&a-token', 'a:'])('is fast for many %j', (piece) => {
    const startedAt = performance.now();
    maskSecrets(piece.repeat(100_000));
    expect(performance.now() - startedAt).toBeLessThan(50);
  });
});
