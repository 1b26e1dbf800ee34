import { EventEmitter } from 'node:events';
import { onStopSignal } from './stop-signals.js';

describe('onStopSignal', () => {
  const signals = new EventEmitter();
  const exit = jest.fn();
  const stopAtOnce = jest.fn(() => Promise.resolve());
  const logger = { warn: jest.fn(), error: jest.fn() };
  let finish: () => void;
  let fail: (error: Error) => void;
  const stop = jest.fn(() => new Promise<void>((resolve, reject) => ([finish, fail] = [resolve, reject])));

  beforeEach(() => {
    jest.useFakeTimers();
    jest.clearAllMocks();
    signals.removeAllListeners();
    onStopSignal({ stop, stopAtOnce, limitMs: 20_000 }, logger, { signals, exit });
  });
  afterEach(() => jest.useRealTimers());

  it('exits with 0 after the work in progress is finished', async () => {
    signals.emit('SIGTERM', 'SIGTERM');
    await jest.advanceTimersByTimeAsync(5000);
    expect(exit).not.toHaveBeenCalled();
    finish();
    await jest.advanceTimersByTimeAsync(0);
    expect(exit.mock.calls).toEqual([[0]]);
    expect(stop).toHaveBeenCalledWith('SIGTERM');
  });

  it('ignores a duplicate signal within a second, and stops at once on a later one', async () => {
    signals.emit('SIGINT', 'SIGINT');
    signals.emit('SIGINT', 'SIGINT');
    await jest.advanceTimersByTimeAsync(1500);
    expect(stopAtOnce).not.toHaveBeenCalled();
    signals.emit('SIGINT', 'SIGINT');
    await jest.advanceTimersByTimeAsync(0);
    expect(stop).toHaveBeenCalledTimes(1);
    expect(exit.mock.calls).toEqual([[1]]);
    expect(stopAtOnce).toHaveBeenCalledTimes(1);
  });

  it('exits with 1 when stopping fails or exceeds the time limit', async () => {
    signals.emit('SIGTERM', 'SIGTERM');
    fail(new Error('no'));
    await jest.advanceTimersByTimeAsync(0);
    expect(exit.mock.calls).toEqual([[1]]);
    await jest.advanceTimersByTimeAsync(20_000);
    expect(logger.error.mock.calls.map(([message]) => message as string)).toEqual(['no', 'Could not stop within 20 s']);
  });
});
