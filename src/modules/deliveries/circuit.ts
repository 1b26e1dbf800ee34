import type { DeliveryEventType } from './delivery-event.entity.js';
import type { EndpointHealthEntity } from './endpoint-health.entity.js';

export type Health = Omit<EndpointHealthEntity, 'endpointId' | 'retriesDueAfter'>;

/** What was learnt of an endpoint by calling it in vain. */
export interface CallFailure {
  errorCode: string;
  /** Null when no answer came. */
  httpStatus: number | null;
  /** For how long the receiver has asked to be left alone; 0 when it has not. */
  hintMs: number;
  /** Whether it was the one call that asked an open circuit's endpoint whether it is back. */
  isProbe: boolean;
  /** Whether most of the calls of late, as far as this process has seen, have failed. */
  mostFail: boolean;
}

export interface CircuitPolicy {
  /** Seconds to wait before each try of a delivery; probes follow it too. */
  schedule: readonly number[];
  disableAfterMs: number;
  lanesPerBot: number;
}

export interface CircuitNews {
  type: DeliveryEventType;
  details: Record<string, string | number>;
}

export interface CircuitStep {
  health: Health;
  news: CircuitNews[];
}

export const HEALTHY: Health = {
  state: 'closed',
  isPaused: false,
  blockedUntil: null,
  failingSince: null,
  failStreak: 0,
  lastSuccessAt: null,
  lastFailureAt: null,
  lastError: '',
  deaths: 0,
  probes: 0,
  ramp: 0,
  failingToldAt: null,
  quartersTold: 0,
  disabledReason: '',
};

const OPEN_AFTER_FAILURES = 10;
const DISABLE_AFTER_FAILURES = 20;
/** So much of it, and operators want to know, whether or not the circuit has opened. */
const TELL_AFTER_FAILURES = 4;
const TELL_AFTER_MS = 30_000;
const TELL_AGAIN_AFTER_MS = 3_600_000;
const QUARTERS = 4;

/** However long it has been away, it is asked this often. */
const MAX_PROBE_MS = 3_600_000;
const PROBE_JITTER = 0.2;

/** The receiver knows us not, or not any more: every event would be refused. */
const REFUSALS = new Set([401, 403]);
const GONE = 410;

/**
 * A call has failed.
 *
 *   closed ──(10 failures in a row, most calls of a minute, or a refusal of our credentials)──► open ──► probes
 *   any ──(410, or nothing but failures for 72 h)──► disabled
 *
 * @param random from 0 to 1
 */
export function afterFailure(
  before: Health,
  failure: CallFailure,
  policy: CircuitPolicy,
  now: number,
  random = Math.random(),
): CircuitStep {
  const failingSince = before.failingSince ?? new Date(now);
  const health: Health = {
    ...before,
    failingSince,
    failStreak: before.failStreak + 1,
    lastFailureAt: new Date(now),
    lastError: failure.errorCode,
    blockedUntil: latest(before.blockedUntil, failure.hintMs > 0 ? now + failure.hintMs : undefined),
  };
  if (before.state === 'disabled') return { health, news: [] };
  const failingMs = now - failingSince.getTime();
  if (failure.httpStatus === GONE) return disable(health, 'gone', failingMs);
  if (failingMs >= policy.disableAfterMs && health.failStreak >= DISABLE_AFTER_FAILURES)
    return disable(health, 'failing_too_long', failingMs);

  // Calls that were under way when the circuit opened say nothing new.
  if (before.state === 'open' && !failure.isProbe) return tell(health, false, failingMs, policy, now);
  const wasOpen = before.state !== 'closed';
  const isRefused = REFUSALS.has(failure.httpStatus ?? 0);
  if (wasOpen || isRefused || failure.mostFail || health.failStreak >= OPEN_AFTER_FAILURES) {
    const delayMs = Math.max(probeDelay(health.probes, policy.schedule, random), failure.hintMs);
    const blockedUntil = new Date(now + delayMs);
    Object.assign(health, { state: 'open', probes: health.probes + 1, ramp: 0, blockedUntil });
  }
  return tell(health, isRefused, failingMs, policy, now);
}

/**
 * A call has succeeded.
 *
 *   open ──► ramping: 2 lanes at a time, 4, 8, ... ──► closed
 *   disabled ──► the same: somebody has tried it by hand, and it is back
 */
export function afterSuccess(before: Health, { lanesPerBot }: CircuitPolicy, now: number): CircuitStep {
  const isBack = before.state === 'open' || before.state === 'disabled';
  const ramp = before.state === 'ramping' ? before.ramp * 2 : isBack ? 2 : 0;
  const health: Health = {
    ...HEALTHY,
    isPaused: before.isPaused,
    state: ramp > 0 && ramp < lanesPerBot ? 'ramping' : 'closed',
    ramp,
    lastSuccessAt: new Date(now),
    lastFailureAt: before.lastFailureAt,
    lastError: before.lastError,
    failingToldAt: before.failingSince ? null : before.failingToldAt,
  };
  if (!before.failingToldAt || !before.failingSince) return { health, news: [] };
  const downSeconds = Math.round((now - before.failingSince.getTime()) / 1000);
  return { health, news: [{ type: 'endpoint.recovered', details: { downSeconds, failures: before.failStreak } }] };
}

function disable(health: Health, reason: string, failingMs: number): CircuitStep {
  const details = { reason, error: health.lastError, failingSeconds: Math.round(failingMs / 1000) };
  return {
    health: {
      ...health,
      state: 'disabled',
      disabledReason: reason,
      ramp: 0,
      failingToldAt: health.failingToldAt ?? health.lastFailureAt,
    },
    news: [{ type: 'endpoint.disabled', details }],
  };
}

/** At most once an hour that it fails; and at each quarter of the way to being disabled that it still does. */
function tell(
  health: Health,
  isRefused: boolean,
  failingMs: number,
  { disableAfterMs }: CircuitPolicy,
  now: number,
): CircuitStep {
  const details = {
    error: health.lastError,
    failures: health.failStreak,
    failingSeconds: Math.round(failingMs / 1000),
  };
  const isNews =
    isRefused || health.state === 'open' || (health.failStreak >= TELL_AFTER_FAILURES && failingMs >= TELL_AFTER_MS);
  const lastTold = health.failingToldAt?.getTime() ?? 0;
  const toldOfThisTime = health.failingToldAt !== null && lastTold >= health.failingSince!.getTime();
  if (isNews && !toldOfThisTime && now - lastTold >= TELL_AGAIN_AFTER_MS) {
    return { health: { ...health, failingToldAt: new Date(now) }, news: [{ type: 'endpoint.failing', details }] };
  }
  const quarters = Math.min(Math.floor((failingMs / disableAfterMs) * QUARTERS), QUARTERS - 1);
  if (quarters > health.quartersTold) {
    const percent = (quarters * 100) / QUARTERS;
    return {
      health: { ...health, quartersTold: quarters },
      news: [{ type: 'endpoint.still_failing', details: { ...details, percentOfTimeUntilDisabled: percent } }],
    };
  }
  return { health, news: [] };
}

function probeDelay(probes: number, schedule: readonly number[], random: number): number {
  const seconds = schedule[Math.min(probes + 1, schedule.length - 1)] ?? 1;
  return Math.min(seconds * 1000, MAX_PROBE_MS) * (1 + random * PROBE_JITTER);
}

const latest = (a: Date | null, b: number | undefined): Date | null =>
  b === undefined || (a && a.getTime() >= b) ? a : new Date(b);

/** Bodies that a receiver will not like any better the next time. */
const CONTENT_FAULTS = new Set([400, 404, 405, 413, 415, 422]);
const MAX_CONTENT_TRIES = 3;
const MAX_OTHER_TRIES = 5;

/** The error of a try that was our own fault: the bot was not even called. */
export const INTERNAL_ERROR = 'internal_error';

/**
 * Whether it is the event that is at fault, and not the endpoint: then it is given up early, so that the rest of the chat does
 * not wait for it. That others were delivered meanwhile shows in a streak shorter than the event's own tries. What is refused for
 * its content may go even if the bot has no other chat to compare with, but only one such event between two successes: a
 * bot that has begun to refuse everything would lose all of them.
 */
export function isPoison(
  { httpStatus, errorCode }: Pick<CallFailure, 'httpStatus' | 'errorCode'>,
  tries: number,
  health: Pick<Health, 'failStreak' | 'lastSuccessAt' | 'deaths'>,
): boolean {
  if (errorCode === INTERNAL_ERROR) return tries >= MAX_OTHER_TRIES;
  const othersSucceed = health.failStreak < tries;
  if (!CONTENT_FAULTS.has(httpStatus ?? 0)) return tries >= MAX_OTHER_TRIES && othersSucceed;
  return tries >= MAX_CONTENT_TRIES && (othersSucceed || (health.lastSuccessAt !== null && health.deaths === 0));
}
