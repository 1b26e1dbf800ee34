import { findBanned, SafeguardFilter } from './safeguard.js';

const PHRASES = [
  { text: 'Secret Sauce', reason: 'banned_phrase' },
  { text: 'sk-0123456789', reason: 'possible_injection' },
];

/** @returns the shown text, and the reason if it was blocked */
function pass(pieces: readonly string[]): { shown: string; banned?: string } {
  const filter = new SafeguardFilter(PHRASES);
  let shown = '';
  for (const piece of pieces) {
    const passed = filter.push(piece);
    if ('banned' in passed) return { shown, banned: passed.banned };
    shown += passed.text;
  }
  return { shown: shown + filter.flush() };
}

describe('SafeguardFilter', () => {
  it.each([
    ['nothing of that kind', 'nothing of that kind'],
    ['a secret is not a sauce', 'a secret is not a sauce'],
    ['ends with a sec', 'ends with a sec'],
    ['', ''],
  ])('passes %j, however it is chunked', (text, expected) => {
    for (const size of [1, 2, 3, 100]) {
      const pieces = text.match(new RegExp(`.{1,${size}}`, 'g')) ?? [];
      expect(pass(pieces)).toEqual({ shown: expected });
    }
  });

  it('withholds a banned phrase including its beginning', () => {
    const text = 'It is the SECRET sauce, of course';
    for (const size of [1, 2, 3, 100]) {
      const { shown, banned } = pass(text.match(new RegExp(`.{1,${size}}`, 'g'))!);
      expect(banned).toBe('banned_phrase');
      expect('It is the '.startsWith(shown)).toBe(true);
    }
    expect(pass([...'key: sk-0123456789!'])).toEqual({ shown: 'key: ', banned: 'possible_injection' });
  });

  it('holds back only a possible beginning of a phrase', () => {
    const filter = new SafeguardFilter(PHRASES);
    expect(filter.push('Hello world')).toEqual({ text: 'Hello world' });
    expect(filter.push('s')).toEqual({ text: '' });
    expect(filter.push('un')).toEqual({ text: 'sun' });
  });
});

describe('findBanned', () => {
  it('ignores case', () => {
    expect(findBanned('the secret SAUCE', PHRASES)).toBe('banned_phrase');
    expect(findBanned('the sauce', PHRASES)).toBeUndefined();
    expect(findBanned('anything', [])).toBeUndefined();
  });
});
