import { Logger } from '@nestjs/common';
import { HealthRegistry } from './health-registry.js';

const passes = async () => undefined;
const fails = async () => Promise.reject(new Error('postgres://user:password@db is down'));
const throws = () => {
  throw new Error('at once');
};
const hangs = () => new Promise<void>(() => undefined);

describe('HealthRegistry', () => {
  let registry: HealthRegistry;

  beforeAll(() => Logger.overrideLogger(false));

  beforeEach(() => {
    registry = new HealthRegistry();
  });

  it('is ok without checks and with passing checks', async () => {
    expect(await registry.report()).toEqual({ status: 'ok', checks: {} });
    registry.register('postgres', passes, { critical: true });
    expect(await registry.report()).toEqual({ status: 'ok', checks: { postgres: 'ok' } });
  });

  it('is degraded if a check fails that is not critical', async () => {
    registry.register('postgres', passes, { critical: true });
    registry.register('redis', fails, { critical: false });
    expect(await registry.report()).toEqual({ status: 'degraded', checks: { postgres: 'ok', redis: 'failed' } });
  });

  it.each([fails, throws])(
    'is unavailable if a critical check fails, and does not report the reason (%p)',
    async (check) => {
      registry.register('postgres', check, { critical: true });
      expect(await registry.report()).toEqual({ status: 'unavailable', checks: { postgres: 'failed' } });
    },
  );

  it('stops waiting for a check after half a second and does not start it again while it hangs', async () => {
    const check = jest.fn(hangs);
    registry.register('files', check, { critical: false });
    const startedAt = performance.now();
    expect(await registry.report()).toEqual({ status: 'degraded', checks: { files: 'timed_out' } });
    expect(performance.now() - startedAt).toBeLessThan(900);
    await registry.report();
    expect(check).toHaveBeenCalledTimes(1);
  });

  it('logs once when a check begins to fail and once when it recovers', async () => {
    const [warn, log] = [jest.spyOn(Logger.prototype, 'warn'), jest.spyOn(Logger.prototype, 'log')];
    let works = false;
    registry.register('postgres', () => (works ? passes() : fails()), { critical: true });
    expect((await registry.report()).status).toBe('unavailable');
    await registry.report();
    works = true;
    expect((await registry.report()).status).toBe('ok');
    await registry.report();
    expect(warn.mock.calls).toEqual([['Health check failed: postgres', expect.any(Error)]]);
    expect(log.mock.calls).toEqual([['Health check recovered: postgres']]);
  });

  it('is unavailable once the shutdown begins, without running checks', async () => {
    const check = jest.fn(passes);
    registry.register('postgres', check, { critical: true });
    registry.onModuleDestroy();
    expect(await registry.report()).toEqual({ status: 'unavailable', checks: { shutdown: 'failed' } });
    expect(check).not.toHaveBeenCalled();
  });

  it('rejects two checks with the same name', () => {
    registry.register('postgres', passes, { critical: true });
    expect(() => registry.register('postgres', passes, { critical: true })).toThrow('postgres');
  });
});
