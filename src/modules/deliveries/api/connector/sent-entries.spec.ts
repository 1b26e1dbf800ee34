import type { HandedEntry } from '../../connector/socket-link.js';
import { SentEntries, SentEntry } from './sent-entries.js';

const RELAYED: HandedEntry = { botId: 'b', endpointId: 'e', chatId: 'c', seq: 1, isMessage: true };

describe('SentEntry', () => {
  it('is pending while an open session has not timed out, and has no_session without sessions', () => {
    const entry = new SentEntry();
    entry.noteSent('s1');
    entry.noteUnanswered('s1');
    expect(entry.outcomeAt(['s1'])).toBe('timed_out');
    expect(entry.outcomeAt(['s1', 's2'])).toBe('pending');
    expect(entry.outcomeAt([])).toBe('no_session');
  });

  it('accepts the first acknowledgement only and stays acknowledged without sessions', () => {
    const entry = new SentEntry();
    expect([entry.beginAcknowledgement(), entry.beginAcknowledgement()]).toEqual([true, false]);
    expect(entry.outcomeAt([])).toBe('pending');
    entry.noteAcknowledged();
    expect(entry.outcomeAt([])).toBe('acknowledged');
  });

  it('ends the wait on acknowledgement', async () => {
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
  it('returns the known entry, except for a redelivery or another id with the same sequence number', () => {
    const entries = new SentEntries();
    const first = entries.of(RELAYED, 'm1');
    expect(entries.of({ ...RELAYED }, 'm1')).toBe(first);
    expect(entries.of(RELAYED, 'm2')).not.toBe(first);
    expect(entries.of({ ...RELAYED, isRepeat: true }, 'm1')).not.toBe(first);
  });
});
