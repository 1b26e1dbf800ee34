import { joinParts, withoutCut } from './answer-parts.js';

describe('the parts of an answer', () => {
  it.each([
    ['Once upon a…', 'time', 'Once upon a time'],
    ['It was.…', 'Then', 'It was. Then'],
    ['Once upon a', ', well, time', 'Once upon a, well, time'],
    ['- one\n- two…', '\n- three', '- one\n- two\n- three'],
    ['从前…', '有一天', '从前有一天'],
    ['(…', 'see below)', '(see below)'],
  ])('%j and %j become %j', (first, rest, whole) => {
    expect(joinParts(first, rest)).toBe(whole);
  });

  it('lose nothing but the sign that there is more', () => {
    expect(withoutCut('so…')).toBe('so');
    expect(withoutCut('so')).toBe('so');
  });
});
