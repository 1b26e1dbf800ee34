import { type DraftDelta, DraftWatch } from './draft-watch.js';

const TEXT = 'It was a dark and stormy night; the rain fell in torrents.';
const delta = (from: number, text: string) => ({ kind: 'delta', draftId: 'd', userId: 'bot', from, text });
const kept = (body: string) => [{ id: 'd', chatId: 'c', senderId: 'bot', body }];

describe('DraftWatch', () => {
  let watch: DraftWatch;
  let shown: string;

  beforeEach(() => {
    watch = new DraftWatch();
    shown = '';
  });

  const show = (signals: readonly object[]): void => {
    for (const signal of signals as DraftDelta[]) {
      if (signal.type === 'message.delta') shown = shown.slice(0, signal.from) + signal.text;
    }
  };
  const hear = (hint: Record<string, string | number>) => show(watch.hear('c', hint));

  it('returns deltas that arrive in order', () => {
    for (let at = 0; at < TEXT.length; at += 7) hear(delta(at, TEXT.slice(at, at + 7)));
    expect(shown).toBe(TEXT);
  });

  it('returns the whole text to a late viewer, and no part twice', () => {
    expect(watch.isStale).toBe(true);
    show(watch.catchUp(kept(TEXT.slice(0, 20))));
    expect(watch.isStale).toBe(false);
    hear(delta(30, TEXT.slice(30, 40))); // stored only up to 20: the text in between is missing
    expect(shown).toBe(TEXT.slice(0, 20));
    hear({ kind: 'draft', draftId: 'd', userId: 'bot', length: 35 });
    expect(watch.isStale).toBe(true);
    show(watch.catchUp(kept(TEXT.slice(0, 35))));
    expect(shown).toBe(TEXT.slice(0, 40));
    hear(delta(40, TEXT.slice(40)));
    expect(shown).toBe(TEXT);
  });

  it('starts over when another writer takes over', () => {
    hear(delta(0, 'An old beginning'));
    hear(delta(0, 'A new one'));
    hear(delta(9, ', and its end'));
    expect(shown).toBe('A new one, and its end');
  });

  it('ignores hints about a draft that has become a message', () => {
    hear(delta(0, 'Done'));
    watch.close('d');
    expect(watch.hear('c', delta(4, ' and late'))).toEqual([]);
    expect(watch.catchUp(kept('Done and late'))).toEqual([]);
    expect(
      watch.hear('c', { kind: 'draft-end', draftId: 'd', userId: 'bot', end: 'completed', messageId: 'm' }),
    ).toEqual([
      { type: 'message.completed', chatId: 'c', userId: 'bot', draftId: 'd', end: 'completed', messageId: 'm' },
    ]);
  });

  it('reads a draft again after a delta could not be sent', () => {
    hear(delta(0, 'Half'));
    watch.forget('d');
    expect(watch.isStale).toBe(true);
    show(watch.catchUp(kept('Half and half')));
    expect(shown).toBe('Half and half');
  });
});
