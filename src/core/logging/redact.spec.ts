import { redact } from './redact.js';

describe('redact', () => {
  it('masks secrets by field name, at any depth and in any spelling', () => {
    const value = {
      headers: { Authorization: 'x', cookie: 'x', 'set-cookie': ['x'], 'Api-Token': 'x', 'x-sendbird-signature': 'x' },
      bots: [{ botToken: 'x', token: 'x', client_secret: 'x', password: 'x', key: 'x', 'webhook-signature': 'x' }],
      ENCRYPTION_KEY: 'x',
    };
    expect(JSON.stringify(redact(value))).not.toContain('"x"');
  });

  it('keeps similar names, and shows missing secrets as such', () => {
    const value = { storageKey: 'a', tokens: 12, maxTokens: 3, keys: ['b'], secret: '', token: null };
    expect(redact(value)).toEqual(value);
  });

  it('masks secrets in texts', () => {
    expect(redact({ note: ['mine is sk-abcdefgh12345678'] })).toEqual({ note: ['mine is sk-***'] });
  });

  it('copies errors with their causes', () => {
    const error = new Error('connect to postgres://u:pw@h failed', { cause: new TypeError('inner') });
    const copy = redact(Object.assign(error, { code: 'E1', secret: 's' })) as Record<string, unknown>;
    expect(copy).toMatchObject({
      type: 'Error',
      code: 'E1',
      secret: '***',
      cause: { type: 'TypeError', message: 'inner' },
    });
    expect(copy.message).toBe('connect to postgres://u:***@h failed');
    expect(copy.stack).toContain('redact.spec');
    expect(copy.stack).not.toContain('pw@');
  });

  it('copies values that JSON does not support', () => {
    const date = new Date(0);
    const value = {
      big: 1n,
      map: new Map([['a', 1]]),
      set: new Set([1]),
      bytes: Buffer.from('abc'),
      date,
      run: redact,
    };
    expect(redact(value)).toEqual({
      big: '1',
      map: { a: 1 },
      set: [1],
      bytes: '[3 bytes]',
      date: date.toISOString(),
      run: '[function redact]',
    });
  });

  it('cuts circular references and handles unreadable values', () => {
    const circle: Record<string, unknown> = {};
    Object.assign(circle, Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`again${i}`, circle])));
    expect(JSON.stringify(redact(circle)).length).toBeLessThan(100_000);
    const trap = Object.defineProperty({}, 'x', { enumerable: true, get: () => JSON.parse('{') });
    expect(redact(trap)).toBe('[unreadable]');
  });
});
