import type { HandedEntry } from '../../connector/socket-link.js';
import { SentEntries, SentEntry } from './sent-entries.js';

const HANDED: HandedEntry = { botId: 'b', endpointId: 'e', chatId: 'c', seq: 1, isMessage: true };

describe('SentEntry', () => {
  it('is pending while one live session may still acknowledge it, and over without sessions', () => {
    const entry = new SentEntry();
    entry.noteSent('s1');
    entry.noteUnanswered('s1');
    expect(entry.outcomeAt(['s1'])).toBe('unanswered');
    expect(entry.outcomeAt(['s1', 's2'])).toBe('pending');
    expect(entry.outcomeAt([])).toBe('over');
  });

  it('takes the first acknowledgement only, and stays acknowledged without sessions', () => {
    const entry = new SentEntry();
    expect([entry.beginAcknowledgement(), entry.beginAcknowledgement()]).toEqual([true, false]);
    expect(entry.outcomeAt([])).toBe('pending');
    entry.noteAcknowledged();
    expect(entry.outcomeAt([])).toBe('acknowledged');
  });

  it('ends the wait for it at its acknowledgement', async () => {
    const entry = new SentEntry();
    entry.noteSent('s1');
    const settled = entry.settled(() => entry.outcomeAt(['s1']) !== 'pending', 60_000);
    expect(entry.isWatched).toBe(true);
    entry.beginAcknowledgement();
    entry.noteAcknowledged();
    await settled;
    expect(entry.isWatched).toBe(false);
  });
});

describe('SentEntries', () => {
  it('finds an entry again, but for one that is asked for once more, and for another one of the same number', () => {
    const entries = new SentEntries();
    const first = entries.of(HANDED, 'm1');
    expect(entries.of({ ...HANDED }, 'm1')).toBe(first);
    expect(entries.of(HANDED, 'm2')).not.toBe(first);
    expect(entries.of({ ...HANDED, isRepeat: true }, 'm1')).not.toBe(first);
  });
});
