import type { DraftWriter } from '../../messages/index.js';
import { Listener, type Verdict } from './listener.js';
import type { Scene } from './scene.js';
import type { Speech } from './speech.js';

const ALLOWED: Verdict = { categories: [], isBlocking: true };

function makeFilter(moderation = ALLOWED) {
  const shown: string[] = [];
  const completion: Speech = { text: '', said: '', toolCalls: [], finishReason: '', remarks: [] };
  const context = { banned: [{ text: 'secret sauce', reason: 'banned_phrase' }] } as unknown as Scene;
  const writer = { append: (text: string) => shown.push(text) } as unknown as DraftWriter;
  const onOutput = jest.fn();
  return {
    filter: new Listener(completion, context, Promise.resolve(moderation), writer, onOutput),
    completion,
    shown,
    onOutput,
  };
}

describe('OutputFilter', () => {
  it('trims the start of each part and separates parts by an empty line', async () => {
    const { filter, completion, shown, onOutput } = makeFilter();
    for (const part of [['\n ', ' Let me', ' look.'], [' \n', 'It is', ' cold.'], ['  ']]) {
      filter.pause();
      for (const text of part) await filter.hear(text);
      await filter.end();
    }
    expect(completion.text).toBe('Let me look.\n\nIt is cold.');
    expect(shown.join('')).toBe(completion.text);
    expect(onOutput).toHaveBeenCalledTimes(2);
  });

  it('withholds banned phrases and shows everything else', async () => {
    const { filter, completion, shown } = makeFilter();
    await filter.hear('It is s');
    expect(shown.join('')).toBe('It is ');
    await filter.end();
    expect(shown.join('')).toBe('It is s');
    expect(await filter.hear(' secret')).toBe(true);
    expect(await filter.hear(' sauce')).toBe(false);
    expect(completion).toMatchObject({ banned: 'banned_phrase', text: 'It is s ' });
  });

  it('shows nothing when moderation blocks the input', async () => {
    const { filter, completion, shown } = makeFilter({ categories: ['illicit'], isBlocking: true });
    expect(await filter.hear('Take a')).toBe(false);
    await filter.end();
    expect(completion).toMatchObject({ banned: 'moderation_input', remarks: ['input moderation: illicit'] });
    expect(shown).toEqual([]);
  });

  it('ends a completion at 16,000 characters', async () => {
    const { filter, completion } = makeFilter();
    expect(await filter.hear('x'.repeat(20_000))).toBe(false);
    expect(completion).toMatchObject({ finishReason: 'length', text: 'x'.repeat(16_000) });
  });
});
