import { Encryptor } from '../../core/crypto/encryptor.js';
import { creationPosition, PlatformPages, readCreationPosition, type PageRequest } from './platform.paging.js';

const ENCRYPTOR = new Encryptor('a key for the tests of paging');

/** A page of the numbers after the token, up to `last`. */
async function page({ token = '', limit = 2, last = 3, list = 'numbers', encryptor = ENCRYPTOR }) {
  const slices: PageRequest[] = [];
  const { items, next } = await new PlatformPages(encryptor).list(
    { name: list, positionOf: (number: number) => [number] },
    { token, limit },
    (slice) => {
      slices.push(slice);
      const first = Number(slice.after?.[0] ?? 0) + 1;
      const behind = Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
      return Promise.resolve(behind.slice(0, slice.limit));
    },
  );
  return { items, next, slices };
}

it('begins at the first page and loads one item more', async () => {
  const { items, slices } = await page({ limit: 2 });
  expect([items, slices]).toEqual([[1, 2], [{ after: undefined, limit: 3 }]]);
});

it('continues after the last item', async () => {
  const { next: token } = await page({ limit: 2 });
  expect(token).toMatch(/^[\w-]+$/);
  expect(await page({ token, limit: 2 })).toEqual({ items: [3], next: '', slices: [{ after: [2], limit: 3 }] });
});

it('returns an empty next on the last page', async () => {
  expect([(await page({ last: 2 })).next, (await page({ last: 0 })).next]).toEqual(['', '']);
});

it('encrypts tokens', async () => {
  const { next } = await page({ limit: 111, last: 200 });
  expect(Buffer.from(next, 'base64url').toString('latin1')).not.toContain('111');
});

it.each([
  ['of another list', async () => (await page({ list: 'others' })).next],
  ['that was changed', async () => (await page({})).next.replace(/^./, (letter) => (letter === 'A' ? 'B' : 'A'))],
  ['of another server', async () => (await page({ encryptor: new Encryptor('another key') })).next],
  ['that is none', () => Promise.resolve('eyJpZCI6MX0')],
  ['of a single letter', () => Promise.resolve('x')],
])('refuses a token %s', async (_, make) => {
  await expect(page({ token: await make() })).rejects.toThrow(/^token must be/);
});

it('restores the position in order of creation', () => {
  const item = { createdAt: new Date(1_790_000_000_123), id: 'mia' };
  expect(readCreationPosition(creationPosition(item))).toEqual(item);
  expect(readCreationPosition(undefined)).toBeUndefined();
});
