import {
  afterFailure,
  afterSuccess,
  type CallFailure,
  type CircuitPolicy,
  type Health,
  HEALTHY,
  isPoison,
} from './circuit.js';

const NOW = Date.parse('2026-11-22T12:00:00Z');
const HOUR = 3_600_000;
const POLICY: CircuitPolicy = { schedule: [0, 2, 10, 30], disableAfterMs: 72 * HOUR, concurrencyPerBot: 8 };
const FAILURE: CallFailure = {
  errorCode: 'http_500',
  httpStatus: 500,
  retryAfterMs: 0,
  isProbe: false,
  isFailureRateHigh: false,
};

const fail = (health: Health, changes: Partial<CallFailure> = {}, now = NOW) =>
  afterFailure(health, { ...FAILURE, ...changes }, POLICY, now, 0);

function failTimes(count: number): Health {
  let health = HEALTHY;
  for (let n = 0; n < count; n++) health = fail(health).health;
  return health;
}

describe('circuit', () => {
  it('opens after ten failures in a row and notifies operators', () => {
    expect(failTimes(9).state).toBe('closed');
    const { health, events } = fail(failTimes(9));
    expect(health).toMatchObject({ state: 'open', failStreak: 10, blockedUntil: new Date(NOW + 2000) });
    expect(events).toEqual([
      { type: 'endpoint.failing', details: { error: 'http_500', failures: 10, failingSeconds: 0 } },
    ]);
  });

  it('opens when most calls fail, and at once when the credentials are rejected', () => {
    expect(fail(HEALTHY, { isFailureRateHigh: true }).health.state).toBe('open');
    const { health, events } = fail(HEALTHY, { httpStatus: 401, errorCode: 'http_401' });
    expect(health.state).toBe('open');
    expect(events).toMatchObject([{ type: 'endpoint.failing' }]);
  });

  it('increases the delay after each failed probe and ignores late results of other calls', () => {
    const open = failTimes(10);
    const first = fail(open, { isProbe: true }).health;
    const second = fail(first, { isProbe: true }).health;
    expect([first, second].map(({ blockedUntil }) => blockedUntil!.getTime() - NOW)).toEqual([10_000, 30_000]);
    expect(fail(open).health).toMatchObject({ probes: 1, blockedUntil: open.blockedUntil });
  });

  it('raises the limit after a recovery: 2 subscriptions, 4, then all', () => {
    const back = afterSuccess(failTimes(10), POLICY, NOW + 5000);
    expect(back.events).toEqual([{ type: 'endpoint.recovered', details: { downSeconds: 5, failures: 10 } }]);
    expect(back.health).toMatchObject({ state: 'ramping', ramp: 2, failStreak: 0, blockedUntil: null });
    const next = afterSuccess(back.health, POLICY, NOW).health;
    expect(next).toMatchObject({ state: 'ramping', ramp: 4 });
    expect(afterSuccess(next, POLICY, NOW).health).toMatchObject({ state: 'closed' });
    expect(fail(back.health).health.state).toBe('open');
  });

  it('disables an endpoint at once after 410, and after 72 h of failures', () => {
    const gone = fail(HEALTHY, { httpStatus: 410, errorCode: 'http_410' });
    expect(gone.health).toMatchObject({ state: 'disabled', disabledReason: 'gone' });
    const failing = failTimes(30);
    expect(fail(failing, { isProbe: true }, NOW + 71 * HOUR).health.state).toBe('open');
    const { health, events } = fail(failing, { isProbe: true }, NOW + 72 * HOUR);
    expect(health).toMatchObject({ state: 'disabled', disabledReason: 'failing_too_long' });
    expect(events).toMatchObject([{ type: 'endpoint.disabled', details: { failingSeconds: 259_200 } }]);
  });

  it('notifies operators once at each quarter of the time until the endpoint is disabled', () => {
    let health = failTimes(30);
    const notified = [1, 18, 19, 36, 54, 55].flatMap((hours) => {
      const step = fail(health, { isProbe: true }, NOW + hours * HOUR);
      health = step.health;
      return step.events.map(({ type, details }) => [type, hours, details.percentOfTimeUntilDisabled]);
    });
    expect(notified).toEqual([
      ['endpoint.still_failing', 18, 25],
      ['endpoint.still_failing', 36, 50],
      ['endpoint.still_failing', 54, 75],
    ]);
  });

  it('blocks an endpoint for the time in Retry-After', () => {
    const { health } = fail(HEALTHY, { httpStatus: 429, retryAfterMs: 7000 });
    expect(health).toMatchObject({ state: 'closed', blockedUntil: new Date(NOW + 7000) });
  });

  it('stays paused after failures and successes', () => {
    const paused = { ...HEALTHY, isPaused: true };
    expect(fail(paused).health.isPaused).toBe(true);
    expect(afterSuccess(paused, POLICY, NOW).health.isPaused).toBe(true);
  });
});

describe('isPoison', () => {
  const refused = { httpStatus: 422, errorCode: 'http_422' };
  const broken = { httpStatus: 500, errorCode: 'http_500' };
  const lastSuccessAt = new Date(NOW);

  it('is true for an event that is rejected three times while others are delivered', () => {
    expect(isPoison(refused, 2, { failStreak: 1, lastSuccessAt, deadCount: 0 })).toBe(false);
    expect(isPoison(refused, 3, { failStreak: 2, lastSuccessAt, deadCount: 5 })).toBe(true);
    expect(isPoison(broken, 3, { failStreak: 2, lastSuccessAt, deadCount: 0 })).toBe(false);
    expect(isPoison(broken, 5, { failStreak: 2, lastSuccessAt, deadCount: 0 })).toBe(true);
  });

  it('is true for at most one event without other events to compare with', () => {
    expect(isPoison(refused, 3, { failStreak: 3, lastSuccessAt, deadCount: 0 })).toBe(true);
    expect(isPoison(refused, 3, { failStreak: 3, lastSuccessAt, deadCount: 1 })).toBe(false);
    expect(isPoison(refused, 3, { failStreak: 3, lastSuccessAt: null, deadCount: 0 })).toBe(false);
    expect(isPoison(broken, 12, { failStreak: 12, lastSuccessAt, deadCount: 0 })).toBe(false);
  });

  it('is true for an event that cannot be rendered five times', () => {
    const fault = { httpStatus: null, errorCode: 'internal_error' };
    expect([4, 5].map((attempts) => isPoison(fault, attempts, HEALTHY))).toEqual([false, true]);
  });
});
