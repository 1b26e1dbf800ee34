import { cutText, storableText } from './storable-text.js';

describe('cutText', () => {
  it('keeps a surrogate pair whole at the cut', () => {
    expect(cutText('ab😀cd', 3)).toBe('ab');
    expect(cutText('ab😀cd', 4)).toBe('ab😀');
    expect(cutText('ab', 3)).toBe('ab');
    expect(cutText('😀', 0)).toBe('');
  });
});

describe('storableText', () => {
  it('removes NUL and replaces lone surrogates', () => {
    expect(storableText('a\0b\ud83dc\ude00d😀')).toBe('ab\ufffdc\ufffdd😀');
    expect(storableText(`${'x'.repeat(2047)}😀`, 2048)).toBe('x'.repeat(2047));
  });
});
