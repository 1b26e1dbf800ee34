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
const POLICY: CircuitPolicy = { schedule: [0, 2, 10, 30], disableAfterMs: 72 * HOUR, lanesPerBot: 8 };
const FAILURE: CallFailure = { errorCode: 'http_500', httpStatus: 500, hintMs: 0, isProbe: false, mostFail: false };

const fail = (health: Health, changes: Partial<CallFailure> = {}, now = NOW) =>
  afterFailure(health, { ...FAILURE, ...changes }, POLICY, now, 0);

function failTimes(count: number): Health {
  let health = HEALTHY;
  for (let n = 0; n < count; n++) health = fail(health).health;
  return health;
}

describe('the circuit', () => {
  it('opens after ten failures in a row, and tells operators', () => {
    expect(failTimes(9).state).toBe('closed');
    const { health, news } = fail(failTimes(9));
    expect(health).toMatchObject({ state: 'open', failStreak: 10, blockedUntil: new Date(NOW + 2000) });
    expect(news).toEqual([
      { type: 'endpoint.failing', details: { error: 'http_500', failures: 10, failingSeconds: 0 } },
    ]);
  });

  it('opens when most calls fail, and at once when our credentials are refused', () => {
    expect(fail(HEALTHY, { mostFail: true }).health.state).toBe('open');
    const { health, news } = fail(HEALTHY, { httpStatus: 401, errorCode: 'http_401' });
    expect(health.state).toBe('open');
    expect(news).toMatchObject([{ type: 'endpoint.failing' }]);
  });

  it('asks less and less often while the probes fail; other calls that come back late change nothing', () => {
    const open = failTimes(10);
    const first = fail(open, { isProbe: true }).health;
    const second = fail(first, { isProbe: true }).health;
    expect([first, second].map(({ blockedUntil }) => blockedUntil!.getTime() - NOW)).toEqual([10_000, 30_000]);
    expect(fail(open).health).toMatchObject({ probes: 1, blockedUntil: open.blockedUntil });
  });

  it('leads an endpoint back: 2 lanes, 4, then all', () => {
    const back = afterSuccess(failTimes(10), POLICY, NOW + 5000);
    expect(back.news).toEqual([{ type: 'endpoint.recovered', details: { downSeconds: 5, failures: 10 } }]);
    expect(back.health).toMatchObject({ state: 'ramping', ramp: 2, failStreak: 0, blockedUntil: null });
    const next = afterSuccess(back.health, POLICY, NOW).health;
    expect(next).toMatchObject({ state: 'ramping', ramp: 4 });
    expect(afterSuccess(next, POLICY, NOW).health).toMatchObject({ state: 'closed' });
    expect(fail(back.health).health.state).toBe('open');
  });

  it('disables what is gone at once, and what only fails after 72 h', () => {
    const gone = fail(HEALTHY, { httpStatus: 410, errorCode: 'http_410' });
    expect(gone.health).toMatchObject({ state: 'disabled', disabledReason: 'gone' });
    const failing = failTimes(30);
    expect(fail(failing, { isProbe: true }, NOW + 71 * HOUR).health.state).toBe('open');
    const { health, news } = fail(failing, { isProbe: true }, NOW + 72 * HOUR);
    expect(health).toMatchObject({ state: 'disabled', disabledReason: 'failing_too_long' });
    expect(news).toMatchObject([{ type: 'endpoint.disabled', details: { failingSeconds: 259_200 } }]);
  });

  it('tells operators at each quarter of the way there, once', () => {
    let health = failTimes(30);
    const told = [1, 18, 19, 36, 54, 55].flatMap((hours) => {
      const step = fail(health, { isProbe: true }, NOW + hours * HOUR);
      health = step.health;
      return step.news.map(({ type, details }) => [type, hours, details.percentOfTimeUntilDisabled]);
    });
    expect(told).toEqual([
      ['endpoint.still_failing', 18, 25],
      ['endpoint.still_failing', 36, 50],
      ['endpoint.still_failing', 54, 75],
    ]);
  });

  it('leaves an endpoint alone for as long as it asks', () => {
    const { health } = fail(HEALTHY, { httpStatus: 429, hintMs: 7000 });
    expect(health).toMatchObject({ state: 'closed', blockedUntil: new Date(NOW + 7000) });
  });

  it('stays paused through everything', () => {
    const paused = { ...HEALTHY, isPaused: true };
    expect(fail(paused).health.isPaused).toBe(true);
    expect(afterSuccess(paused, POLICY, NOW).health.isPaused).toBe(true);
  });
});

describe('poison', () => {
  const refused = { httpStatus: 422, errorCode: 'http_422' };
  const broken = { httpStatus: 500, errorCode: 'http_500' };
  const lastSuccessAt = new Date(NOW);

  it('is what is refused three times while others get through', () => {
    expect(isPoison(refused, 2, { failStreak: 1, lastSuccessAt, deaths: 0 })).toBe(false);
    expect(isPoison(refused, 3, { failStreak: 2, lastSuccessAt, deaths: 5 })).toBe(true);
    expect(isPoison(broken, 3, { failStreak: 2, lastSuccessAt, deaths: 0 })).toBe(false);
    expect(isPoison(broken, 5, { failStreak: 2, lastSuccessAt, deaths: 0 })).toBe(true);
  });

  it('is one event at most where there is nothing to compare with', () => {
    expect(isPoison(refused, 3, { failStreak: 3, lastSuccessAt, deaths: 0 })).toBe(true);
    expect(isPoison(refused, 3, { failStreak: 3, lastSuccessAt, deaths: 1 })).toBe(false);
    expect(isPoison(refused, 3, { failStreak: 3, lastSuccessAt: null, deaths: 0 })).toBe(false);
    expect(isPoison(broken, 12, { failStreak: 12, lastSuccessAt, deaths: 0 })).toBe(false);
  });

  it('is what we cannot even put into words', () => {
    const fault = { httpStatus: null, errorCode: 'internal_error' };
    expect([4, 5].map((tries) => isPoison(fault, tries, HEALTHY))).toEqual([false, true]);
  });
});
