import { type DraftDelta, DraftTracker } from './draft-tracker.js';

const TEXT = 'It was a dark and stormy night; the rain fell in torrents.';
const delta = (from: number, text: string) => ({ kind: 'delta', draftId: 'd', userId: 'bot', from, text });
const stored = (body: string) => [{ id: 'd', chatId: 'c', senderId: 'bot', body }];

describe('DraftTracker', () => {
  let tracker: DraftTracker;
  let shown: string;

  beforeEach(() => {
    tracker = new DraftTracker();
    shown = '';
  });

  const show = (signals: readonly object[]): void => {
    for (const signal of signals as DraftDelta[]) {
      if (signal.type === 'message.delta') shown = shown.slice(0, signal.from) + signal.text;
    }
  };
  const handle = (notification: Record<string, string | number>) => show(tracker.handle('c', notification));

  it('returns deltas that arrive in order', () => {
    for (let at = 0; at < TEXT.length; at += 7) handle(delta(at, TEXT.slice(at, at + 7)));
    expect(shown).toBe(TEXT);
  });

  it('returns the whole text to a late viewer, and no part twice', () => {
    expect(tracker.mustLoad).toBe(true);
    show(tracker.catchUp(stored(TEXT.slice(0, 20))));
    expect(tracker.mustLoad).toBe(false);
    handle(delta(30, TEXT.slice(30, 40))); // stored only up to 20: the text in between is missing
    expect(shown).toBe(TEXT.slice(0, 20));
    handle({ kind: 'draft', draftId: 'd', userId: 'bot', length: 35 });
    expect(tracker.mustLoad).toBe(true);
    show(tracker.catchUp(stored(TEXT.slice(0, 35))));
    expect(shown).toBe(TEXT.slice(0, 40));
    handle(delta(40, TEXT.slice(40)));
    expect(shown).toBe(TEXT);
  });

  it('starts over when another writer takes over', () => {
    handle(delta(0, 'An old beginning'));
    handle(delta(0, 'A new one'));
    handle(delta(9, ', and its end'));
    expect(shown).toBe('A new one, and its end');
  });

  it('ignores notifications about a draft that has become a message', () => {
    handle(delta(0, 'Done'));
    tracker.close('d');
    expect(tracker.handle('c', delta(4, ' and late'))).toEqual([]);
    expect(tracker.catchUp(stored('Done and late'))).toEqual([]);
    expect(
      tracker.handle('c', { kind: 'draft-end', draftId: 'd', userId: 'bot', end: 'completed', messageId: 'm' }),
    ).toEqual([
      { type: 'message.completed', chatId: 'c', userId: 'bot', draftId: 'd', end: 'completed', messageId: 'm' },
    ]);
  });

  it('reads a draft again after a delta could not be sent', () => {
    handle(delta(0, 'Half'));
    tracker.reset('d');
    expect(tracker.mustLoad).toBe(true);
    show(tracker.catchUp(stored('Half and half')));
    expect(shown).toBe('Half and half');
  });
});
