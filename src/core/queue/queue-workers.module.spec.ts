import { checkProcessors } from './queue-workers.module.js';

describe('checkProcessors', () => {
  it('is content when each queue has exactly one', () => {
    expect(() => checkProcessors(['chat-bell', 'lane-bell'], ['lane-bell', 'chat-bell'])).not.toThrow();
    expect(() => checkProcessors([], [])).not.toThrow();
  });

  it('names each queue without one, or with more, and each processor without a queue, all at once', () => {
    expect(() =>
      checkProcessors(['chat-bell', 'lane-bell', 'mail'], ['lane-bell', 'lane-bell', 'mail', 'lost']),
    ).toThrow(
      'The queues are not wired: queue chat-bell has 0 processors instead of one; queue lane-bell has 2 processors ' +
        'instead of one; a processor serves lost, which is not in the table of queues.',
    );
  });
});
