import { checkProcessors } from './queue-workers.module.js';

describe('checkProcessors', () => {
  it('accepts exactly one processor per queue', () => {
    expect(() => checkProcessors(['chat-wakeup', 'delivery-wakeup'], ['delivery-wakeup', 'chat-wakeup'])).not.toThrow();
    expect(() => checkProcessors([], [])).not.toThrow();
  });

  it('reports every queue without a processor or with several, and every processor without a queue', () => {
    expect(() =>
      checkProcessors(
        ['chat-wakeup', 'delivery-wakeup', 'mail'],
        ['delivery-wakeup', 'delivery-wakeup', 'mail', 'lost'],
      ),
    ).toThrow(
      'Invalid queue processors: queue chat-wakeup has 0 processors, expected 1; queue delivery-wakeup has 2 processors, ' +
        'expected 1; the queue lost of a processor is not in the queue table.',
    );
  });
});
