import { Logger } from '@nestjs/common';
import { runPeriodically } from './run-periodically.js';

describe('repeat', () => {
  const logger = new Logger();
  let warn: jest.SpyInstance;
  let log: jest.SpyInstance;
  beforeEach(() => {
    warn = jest.spyOn(logger, 'warn').mockReturnValue(undefined);
    log = jest.spyOn(logger, 'log').mockReturnValue(undefined);
  });

  /** Runs `work` this many times with its count. */
  async function times(count: number, work: (n: number) => Promise<unknown>): Promise<void> {
    let n = 0;
    await new Promise<void>((done) => {
      const stop = runPeriodically({
        what: 'Counting',
        everyMs: 1,
        logger,
        work: async () => {
          if (++n === count) void stop().then(done);
          await work(n);
        },
      });
    });
    expect(n).toBe(count);
  }

  it('runs until it is stopped', () => times(3, async () => undefined));

  it('never runs concurrently', async () => {
    let now = 0;
    await times(3, async () => {
      expect(++now).toBe(1);
      await new Promise((resolve) => setTimeout(resolve, 5));
      now--;
    });
    expect(warn).not.toHaveBeenCalled();
  });

  it('continues after failures and logs several in a row once', async () => {
    await times(6, async (n) => {
      if (n === 2 || n === 3 || n === 5) throw new Error(`no. ${n}`);
    });
    expect(warn.mock.calls).toEqual([['Counting failed: no. 2'], ['Counting failed: no. 5']]);
    expect(log.mock.calls).toEqual([['Counting works again'], ['Counting works again']]);
  });

  it('waits for the current run when it is stopped', async () => {
    let isDone = false;
    const stop = runPeriodically({
      what: 'Working',
      everyMs: 1,
      logger,
      work: async () => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        isDone = true;
      },
    });
    await stop();
    expect(isDone).toBe(true);
  });
});
