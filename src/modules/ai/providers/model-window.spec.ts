import { windowOf } from './model-window.js';

describe('windowOf', () => {
  it.each([
    ['gpt-4.1-mini', 1_047_576],
    ['gpt-4o-2024-08-06', 128_000],
    ['gpt-4', 8192],
    ['gpt-4-0613', 8192],
    ['gpt-4-32k', 32_768],
    ['gpt-4-1106-preview', 128_000],
    ['gpt-3.5-turbo', 16_385],
    ['gpt-5-mini', 400_000],
    ['gpt-5-chat-latest', 128_000],
    ['openai/o4-mini', 200_000],
    ['o1-mini', 128_000],
    ['llama3.2', undefined],
    ['my-gpt-4', undefined],
  ])('of %s is %p', (model, expected) => {
    expect(windowOf({ model })).toBe(expected);
  });
});
