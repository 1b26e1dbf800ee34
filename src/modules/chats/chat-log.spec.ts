import { nextEntry, type ChatLogHead } from './chat-log.js';

const aHead = (fields: Partial<ChatLogHead> = {}): ChatLogHead => ({
  chatId: 'chat',
  kind: 'personal',
  userId: 'mia',
  botId: 'bot',
  hasLeavingBot: false,
  isFrozen: false,
  isBacklogged: false,
  now: 1000,
  lastSeq: 7,
  lastAt: 900,
  newMessages: 0,
  ...fields,
});

describe('nextEntry', () => {
  it('numbers entries without gaps and counts messages', () => {
    const head = aHead();
    expect([nextEntry(head, 'message').seq, nextEntry(head, 'event').seq, nextEntry(head, 'message').seq]).toEqual([
      8, 9, 10,
    ]);
    expect(head).toMatchObject({ lastSeq: 10, newMessages: 2 });
  });

  it('assigns rising times to entries of the same millisecond', () => {
    const head = aHead();
    expect([nextEntry(head, 'message').at, nextEntry(head, 'message').at, nextEntry(head, 'message').at]).toEqual([
      1000, 1001, 1002,
    ]);
  });

  it('keeps times rising when the clock steps back', () => {
    expect(nextEntry(aHead({ now: 500 }), 'message').at).toBe(901);
  });
});
