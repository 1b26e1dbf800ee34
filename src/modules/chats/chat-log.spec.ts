import { append, type LogHead } from './chat-log.js';

const aHead = (fields: Partial<LogHead> = {}): LogHead => ({
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

describe('append', () => {
  it('numbers entries without a gap and counts the messages among them', () => {
    const head = aHead();
    expect([append(head, 'message').seq, append(head, 'event').seq, append(head, 'message').seq]).toEqual([8, 9, 10]);
    expect(head).toMatchObject({ lastSeq: 10, newMessages: 2 });
  });

  it('gives entries of the same millisecond rising times', () => {
    const head = aHead();
    expect([append(head, 'message').at, append(head, 'message').at, append(head, 'message').at]).toEqual([
      1000, 1001, 1002,
    ]);
  });

  it('never goes back when the clock does', () => {
    expect(append(aHead({ now: 500 }), 'message').at).toBe(901);
  });
});
