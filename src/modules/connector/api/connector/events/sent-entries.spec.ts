import type { RelayedEntry } from '../../../socket-relay.js';
import { SentEntries, SentEntry } from './sent-entries.js';

const RELAYED: RelayedEntry = { botId: 'b', endpointId: 'e', chatId: 'c', seq: 1, isMessage: true };

describe('SentEntry', () => {
  it('is pending while an open session has not timed out, and has no_session without sessions', () => {
    const entry = new SentEntry();
    entry.markSent('s1');
    entry.markTimedOut('s1');
    expect(entry.outcomeFor(['s1'])).toBe('timed_out');
    expect(entry.outcomeFor(['s1', 's2'])).toBe('pending');
    expect(entry.outcomeFor([])).toBe('no_session');
  });

  it('accepts the first acknowledgement only and stays acknowledged without sessions', () => {
    const entry = new SentEntry();
    expect([entry.beginAcknowledgement(), entry.beginAcknowledgement()]).toEqual([true, false]);
    expect(entry.outcomeFor([])).toBe('pending');
    entry.markAcknowledged();
    expect(entry.outcomeFor([])).toBe('acknowledged');
  });

  it('ends the wait on acknowledgement', async () => {
    const entry = new SentEntry();
    entry.markSent('s1');
    const settled = entry.waitUntil(() => entry.outcomeFor(['s1']) !== 'pending', 60_000);
    expect(entry.hasWaiters).toBe(true);
    entry.beginAcknowledgement();
    entry.markAcknowledged();
    await settled;
    expect(entry.hasWaiters).toBe(false);
  });
});

describe('SentEntries', () => {
  it('returns the known entry, except for a redelivery or another id with the same sequence number', () => {
    const entries = new SentEntries();
    const first = entries.getOrCreate(RELAYED, 'm1');
    expect(entries.getOrCreate({ ...RELAYED }, 'm1')).toBe(first);
    expect(entries.getOrCreate(RELAYED, 'm2')).not.toBe(first);
    expect(entries.getOrCreate({ ...RELAYED, isRepeat: true }, 'm1')).not.toBe(first);
  });
});
