import { setTimeout as sleep } from 'node:timers/promises';
import { startPostgresPair, type PostgresPair, standbyUnavailableReason } from '../../support/debian-postgres.js';
import { startProxy, type TcpProxy } from './proxy.js';
import { report } from './report.js';
import { answersOf, run, SLOTS } from './run.js';

/** The address leads to the read-only standby for this time before its promotion. */
const READ_ONLY_MS = 5000;
const MAX_DETECTION_MS = 5000;

const reason = standbyUnavailableReason();

describe('failover', () => {
  if (reason) {
    process.stderr.write(
      `Skipped "F32: accepts messages again after a failover to a standby that is read-only at first": ${reason}\n`,
    );
    it.skip(`F32: accepts messages again after a failover to a standby that is read-only at first (${reason})`, () =>
      undefined);
    report({ fault: 'F32', what: 'failover to a standby that is read-only at first', note: `left out: ${reason}` });
    return;
  }

  let pair: PostgresPair;
  let proxy: TcpProxy;
  beforeEach(async () => {
    pair = await startPostgresPair();
    proxy = await startProxy(pair.primary.port);
  }, 120_000);
  afterEach(async () => {
    await proxy.close();
    await pair.stop();
  });

  it('F32: accepts messages again after a failover to a standby that is read-only at first', async () => {
    let promotedAt = 0;
    const healthWhileReadOnly: number[] = [];
    const outcome = await run({
      fault: 'F32 postgres',
      what: 'primary killed; the standby is read-only for 5 s, then promoted',
      databaseUrl: pair.url(proxy.port),
      pauseMs: 80,
      note: ({ tries }) => {
        const first = tries.find(({ at, status }) => at >= promotedAt && status === 201);
        return `accepted again ${first ? first.at - promotedAt : '?'} ms after the promotion; ready while read-only: ${healthWhileReadOnly.join(' ')}`;
      },
      async harm({ api }, progress) {
        await progress(0.3);
        await pair.primary.kill();
        proxy.redirect(pair.standby.port);
        for (let n = 0; n < READ_ONLY_MS / 1000; n++) {
          await sleep(1000);
          healthWhileReadOnly.push((await fetch(`${api.url}/health/ready`)).status);
        }
        pair.standby.promote();
        promotedAt = Date.now();
      },
    });
    expect(outcome).toMatchObject({ lost: 0, outOfOrder: 0, alive: true });
    expect(outcome.duplicates).toBeLessThanOrEqual(SLOTS);
    expect(answersOf(outcome)).toEqual(['503 try_again']);
    expect(new Set(healthWhileReadOnly)).toEqual(new Set([503]));
    const after = outcome.rejected.filter(({ at }) => at > promotedAt + MAX_DETECTION_MS);
    expect(after).toEqual([]);
  });
});
