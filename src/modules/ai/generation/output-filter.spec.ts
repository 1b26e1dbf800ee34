import type { DraftWriter } from '../../messages/index.js';
import { OutputFilter, type InputModeration } from './output-filter.js';
import type { Completion, RunContext } from './completion.js';

const ALLOWED: InputModeration = { categories: [], isBlocking: true };

function makeFilter(moderation = ALLOWED) {
  const shown: string[] = [];
  const completion: Completion = { text: '', requestText: '', toolCalls: [], finishReason: '', remarks: [] };
  const context = { bannedPhrases: [{ text: 'secret sauce', reason: 'banned_phrase' }] } as unknown as RunContext;
  const writer = { append: (text: string) => shown.push(text) } as unknown as DraftWriter;
  const onOutput = jest.fn();
  return {
    filter: new OutputFilter(completion, context, Promise.resolve(moderation), writer, onOutput),
    completion,
    shown,
    onOutput,
  };
}

describe('OutputFilter', () => {
  it('trims the start of each part and separates parts by an empty line', async () => {
    const { filter, completion, shown, onOutput } = makeFilter();
    for (const part of [['\n ', ' Let me', ' look.'], [' \n', 'It is', ' cold.'], ['  ']]) {
      filter.startPart();
      for (const text of part) await filter.push(text);
      await filter.flush();
    }
    expect(completion.text).toBe('Let me look.\n\nIt is cold.');
    expect(shown.join('')).toBe(completion.text);
    expect(onOutput).toHaveBeenCalledTimes(2);
  });

  it('withholds banned phrases and shows everything else', async () => {
    const { filter, completion, shown } = makeFilter();
    await filter.push('It is s');
    expect(shown.join('')).toBe('It is ');
    await filter.flush();
    expect(shown.join('')).toBe('It is s');
    expect(await filter.push(' secret')).toBe(true);
    expect(await filter.push(' sauce')).toBe(false);
    expect(completion).toMatchObject({ blockReason: 'banned_phrase', text: 'It is s ' });
  });

  it('shows nothing when moderation blocks the input', async () => {
    const { filter, completion, shown } = makeFilter({ categories: ['illicit'], isBlocking: true });
    expect(await filter.push('Take a')).toBe(false);
    await filter.flush();
    expect(completion).toMatchObject({ blockReason: 'moderation_input', remarks: ['input moderation: illicit'] });
    expect(shown).toEqual([]);
  });

  it('ends a completion at 16,000 characters', async () => {
    const { filter, completion } = makeFilter();
    expect(await filter.push('x'.repeat(20_000))).toBe(false);
    expect(completion).toMatchObject({ finishReason: 'length', text: 'x'.repeat(16_000) });
  });
});
