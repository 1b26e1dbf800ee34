import { BEGINNING, readCursor, writeCursor } from './feed-cursor.js';

describe('FeedCursor', () => {
  it.each(['', '01hc7aa947s4fdwywwjqr14wh7', 'sendbird_group/ü 👩‍👩‍👧'])(
    'is read as it was written, with the chat %j',
    (chatId) => {
      const cursor = { at: 1_795_304_113_158, seq: 42, chatId };
      expect(writeCursor(cursor)).toMatch(/^[\w-]+$/);
      expect(readCursor(writeCursor(cursor))).toEqual(cursor);
    },
  );

  it('reads 0 as the beginning', () => {
    expect(readCursor('0')).toEqual(BEGINNING);
  });

  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  it.each([
    '',
    'a b',
    '1',
    'bm9uc2Vuc2U',
    'x'.repeat(1_000_000),
    encode({ at: 1 }),
    encode([1, 2]),
    encode([-1, 2, 'c']),
    encode([1.5, 2, 'c']),
    encode([9e15, 2, 'c']),
    encode(['1', 2, 'c']),
    encode([1, 2, 3]),
    encode([1, 2, 'a\0']),
  ])('rejects %.20j', (text) => {
    expect(() => readCursor(text)).toThrow(expect.objectContaining({ kind: 'invalid', code: 'cursor.invalid' }));
  });
});
