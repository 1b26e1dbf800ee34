import { LinkSigner } from './link-signer.js';

const SECRET = 'a secret of thirty-two characters';
const HOUR_MS = 3_600_000;
const NOW = Date.UTC(2026, 0, 1, 12, 34);

describe('LinkSigner', () => {
  const signer = new LinkSigner(SECRET, 'tests');
  const queryOf = (signed: string) => Object.fromEntries(new URLSearchParams(signed));
  const query = queryOf(signer.sign('thing', NOW));

  it('accepts a link for at least a day and at most another hour', () => {
    expect(signer.check('thing', query, NOW)).toBe('good');
    expect(signer.check('thing', query, NOW + 24 * HOUR_MS)).toBe('good');
    expect(signer.check('thing', query, NOW + 25 * HOUR_MS)).toBe('expired');
  });

  it('returns the same link for the same object within an hour', () => {
    expect(signer.sign('thing', NOW + HOUR_MS / 4)).toBe(signer.sign('thing', NOW));
    expect(signer.sign('thing', NOW + HOUR_MS)).not.toBe(signer.sign('thing', NOW));
  });

  it.each([
    ['another thing', 'other', query],
    ['a longer life', 'thing', { ...query, expires: String(Number(query.expires) + 1) }],
    ['another signature', 'thing', { ...query, signature: `${query.signature.slice(0, -1)}_` }],
    ['a signature cut off', 'thing', { ...query, signature: '' }],
    ['no signature', 'thing', { expires: query.expires }],
    ['several', 'thing', { ...query, signature: [query.signature] }],
    ['nothing', 'thing', {}],
  ])('knows a made-up link with %s', (_what, thing, given) => {
    expect(signer.check(thing, given, NOW)).toBe('foreign');
  });

  it('rejects links of another purpose or secret', () => {
    expect(new LinkSigner(SECRET, 'others').check('thing', query, NOW)).toBe('foreign');
    expect(new LinkSigner(`${SECRET}!`, 'tests').check('thing', query, NOW)).toBe('foreign');
  });
});
