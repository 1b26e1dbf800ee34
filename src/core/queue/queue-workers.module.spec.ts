import { checkProcessors } from './queue-workers.module.js';

describe('checkProcessors', () => {
  it('accepts exactly one processor per queue', () => {
    expect(() => checkProcessors(['chat-bell', 'lane-bell'], ['lane-bell', 'chat-bell'])).not.toThrow();
    expect(() => checkProcessors([], [])).not.toThrow();
  });

  it('reports every queue without a processor or with several, and every processor without a queue', () => {
    expect(() =>
      checkProcessors(['chat-bell', 'lane-bell', 'mail'], ['lane-bell', 'lane-bell', 'mail', 'lost']),
    ).toThrow(
      'Invalid queue processors: queue chat-bell has 0 processors, expected 1; queue lane-bell has 2 processors, ' +
        'expected 1; the queue lost of a processor is not in the queue table.',
    );
  });
});
