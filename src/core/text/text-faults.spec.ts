import fc from 'fast-check';
import { findTextFault, textFault } from './text-faults.js';

describe('textFault', () => {
  it.each([
    ['a\0b', 'null_character_not_allowed'],
    ['\ud800', 'invalid_unicode'],
    ['x\udc00', 'invalid_unicode'],
    ['\udc00\ud800', 'invalid_unicode'],
    ['😀'.slice(0, 1), 'invalid_unicode'],
  ])('refuses %j', (text, code) => expect(textFault(text)?.code).toBe(code));

  it.each(['', 'a', '😀', '\ufffd', '\ufffe', '\u0001'])('accepts %j', (text) =>
    expect(textFault(text)).toBeUndefined(),
  );

  it('accepts exactly the texts that are valid in UTF-8 and contain no NUL', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.constantFrom('', '\0', '\ud83d', '\ude00'), (text, tail) => {
        const whole = text + tail;
        const survives = Buffer.from(whole).toString() === whole && !whole.includes('\0');
        expect(textFault(whole) === undefined).toBe(survives);
      }),
      { seed: 1 },
    );
  });
});

describe('findTextFault', () => {
  it.each([
    ['\0', ''],
    [{ content: { text: '\ud800' } }, 'content.text'],
    [{ a: [{ b: 'x' }, ['y', '\0']] }, 'a[1][1]'],
    [{ ['k\ud800']: 1 }, 'k\ufffd'],
    [{ ['k\0']: 1 }, 'k\ufffd'],
  ])('names the field of %j', (value, field) => expect(findTextFault(value)?.field).toBe(field));

  it.each([null, 1, 'x', {}, { a: [null, true, { b: '😀' }] }])('finds nothing in %j', (value) =>
    expect(findTextFault(value)).toBeUndefined(),
  );
});
