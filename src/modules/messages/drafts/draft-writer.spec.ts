import { DraftWriter } from './draft-writer.js';

describe('DraftWriter', () => {
  let published: [number, string][];
  let keptTexts: string[];
  let isOurs: boolean;
  let lost: jest.Mock;
  let writer: DraftWriter;

  beforeEach(() => {
    jest.useFakeTimers();
    published = [];
    keptTexts = [];
    isOurs = true;
    lost = jest.fn();
    const save = async (text: string): Promise<boolean> => {
      keptTexts.push(text);
      return isOurs;
    };
    writer = new DraftWriter(
      { publishDelta: (from, text) => void published.push([from, text]), save, publishLength: () => undefined },
      lost,
    );
  });
  afterEach(() => jest.useRealTimers());

  it('publishes the first text at once and collects later text for 100 ms', async () => {
    for (const word of ['One ', 'two ', 'three ']) writer.append(word);
    expect(published).toEqual([[0, 'One ']]);
    await jest.advanceTimersByTimeAsync(100);
    expect(published).toEqual([
      [0, 'One '],
      [4, 'two three '],
    ]);
  });

  it('stores the beginning at once and the rest once a second', async () => {
    writer.append('One ');
    await jest.advanceTimersByTimeAsync(10);
    for (let i = 0; i < 30; i++) {
      writer.append(`${i} `);
      await jest.advanceTimersByTimeAsync(50);
    }
    expect(keptTexts).toHaveLength(2);
    expect(keptTexts[0]).toBe('One ');
  });

  it('publishes the remaining text at its end, then nothing more', async () => {
    writer.append('One ');
    writer.append('two');
    await writer.end();
    writer.append(' three');
    await jest.advanceTimersByTimeAsync(5000);
    expect(published.map(([, text]) => text).join('')).toBe('One two');
    expect(writer.text).toBe('One two');
  });

  it('publishes nothing after another writer takes over the draft', async () => {
    isOurs = false;
    writer.append('One ');
    await jest.advanceTimersByTimeAsync(10);
    writer.append('two ');
    await jest.advanceTimersByTimeAsync(5000);
    expect(lost).toHaveBeenCalledTimes(1);
    expect(published).toEqual([[0, 'One ']]);
  });

  it('splits long deltas so that each fits into a notification', async () => {
    writer.append('x'.repeat(2500));
    expect(published.map(([from, text]) => [from, text.length])).toEqual([
      [0, 1000],
      [1000, 1000],
      [2000, 500],
    ]);
    await writer.end();
  });
});
