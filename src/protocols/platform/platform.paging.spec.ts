import { Sealer } from '../../core/crypto/sealer.js';
import { creationPosition, PageTokens, readCreationPosition } from './platform.paging.js';

const tokens = new PageTokens(new Sealer('a key for the tests of paging'));
const cut = (found: number[], limit: number, list = 'numbers') => tokens.cut(list, found, limit, (item) => [item]);

it('begins at the first page without a token', () => {
  expect([tokens.read('numbers', undefined), tokens.read('numbers', '')]).toEqual([undefined, undefined]);
});

it('hands on the position of the last item while there is more', () => {
  const { items, next } = cut([1, 2, 3], 2);
  expect(items).toEqual([1, 2]);
  expect(next).toMatch(/^[\w-]+$/);
  expect(tokens.read('numbers', next)).toEqual([2]);
});

it('has an empty next on the last page, be it full or empty', () => {
  expect([cut([1, 2], 2).next, cut([], 2).next]).toEqual(['', '']);
});

it('does not tell what is in a token', () => {
  const { next } = cut([111_222_333, 0], 1);
  expect(Buffer.from(next, 'base64url').toString('latin1')).not.toContain('111222333');
});

it.each([
  ['of another list', () => cut([1, 2], 1, 'others').next],
  ['that was changed', () => cut([1, 2], 1).next.replace(/^./, (letter) => (letter === 'A' ? 'B' : 'A'))],
  [
    'of another server',
    () => new PageTokens(new Sealer('another key')).cut('numbers', [1, 2], 1, (item) => [item]).next,
  ],
  ['that is none', () => 'eyJpZCI6MX0'],
  ['of a single letter', () => 'x'],
])('refuses a token %s', (_, make) => {
  expect(() => tokens.read('numbers', make())).toThrow(/^token must be/);
});

it('reads back the position of what is sorted by its creation', () => {
  const item = { createdAt: new Date(1_790_000_000_123), id: 'mia' };
  expect(readCreationPosition(creationPosition(item))).toEqual(item);
  expect(readCreationPosition(undefined)).toBeUndefined();
});
