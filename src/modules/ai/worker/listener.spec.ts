import type { DraftWriter } from '../../messages/index.js';
import { Listener, type Verdict } from './listener.js';
import type { Scene } from './scene.js';
import type { Speech } from './speech.js';

const FINE: Verdict = { categories: [], isBlocking: true };

function listen(verdict = FINE) {
  const shown: string[] = [];
  const speech: Speech = { text: '', said: '', toolCalls: [], finishReason: '', remarks: [] };
  const scene = { banned: [{ text: 'secret sauce', reason: 'banned_phrase' }] } as unknown as Scene;
  const writer = { append: (text: string) => shown.push(text) } as unknown as DraftWriter;
  const onWords = jest.fn();
  return { listener: new Listener(speech, scene, Promise.resolve(verdict), writer, onWords), speech, shown, onWords };
}

describe('Listener', () => {
  it('begins each part of an answer with a word, and sets it off from the one before', async () => {
    const { listener, speech, shown, onWords } = listen();
    for (const part of [['\n ', ' Let me', ' look.'], [' \n', 'It is', ' cold.'], ['  ']]) {
      listener.pause();
      for (const text of part) await listener.hear(text);
      await listener.end();
    }
    expect(speech.text).toBe('Let me look.\n\nIt is cold.');
    expect(shown.join('')).toBe(speech.text);
    expect(onWords).toHaveBeenCalledTimes(2);
  });

  it('lets nothing out of what must not be said, and all of what may be', async () => {
    const { listener, speech, shown } = listen();
    await listener.hear('It is s');
    expect(shown.join('')).toBe('It is ');
    await listener.end();
    expect(shown.join('')).toBe('It is s');
    expect(await listener.hear(' secret')).toBe(true);
    expect(await listener.hear(' sauce')).toBe(false);
    expect(speech).toMatchObject({ banned: 'banned_phrase', text: 'It is s ' });
  });

  it('shows no answer to what should not have been asked', async () => {
    const { listener, speech, shown } = listen({ categories: ['illicit'], isBlocking: true });
    expect(await listener.hear('Take a')).toBe(false);
    await listener.end();
    expect(speech).toMatchObject({ banned: 'moderation_input', remarks: ['moderation of the question: illicit'] });
    expect(shown).toEqual([]);
  });

  it('stops a model that does not stop', async () => {
    const { listener, speech } = listen();
    expect(await listener.hear('x'.repeat(20_000))).toBe(false);
    expect(speech).toMatchObject({ finishReason: 'length', text: 'x'.repeat(16_000) });
  });
});
