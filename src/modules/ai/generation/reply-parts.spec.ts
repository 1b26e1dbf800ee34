import { joinParts, withoutTruncationMark } from './reply-parts.js';

describe('joinParts', () => {
  it.each([
    ['Once upon a…', 'time', 'Once upon a time'],
    ['It was.…', 'Then', 'It was. Then'],
    ['Once upon a', ', well, time', 'Once upon a, well, time'],
    ['- one\n- two…', '\n- three', '- one\n- two\n- three'],
    ['从前…', '有一天', '从前有一天'],
    ['(…', 'see below)', '(see below)'],
  ])('joins %j and %j to %j', (first, rest, whole) => {
    expect(joinParts(first, rest)).toBe(whole);
  });

  it('removes only the truncation mark', () => {
    expect(withoutTruncationMark('so…')).toBe('so');
    expect(withoutTruncationMark('so')).toBe('so');
  });
});
