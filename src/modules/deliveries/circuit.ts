import type { DeliveryEventType, EndpointHealthEntity } from './endpoint-health.entity.js';

export type Health = Omit<EndpointHealthEntity, 'endpointId' | 'retriesDueAfter'>;

/** A failed call of an endpoint. */
export interface CallFailure {
  errorCode: string;
  /** Null without a response. */
  httpStatus: number | null;
  /** Delay that the receiver requested with `Retry-After`; 0 without one. */
  retryAfterMs: number;
  /** Whether the call was the probe of an open circuit. */
  isProbe: boolean;
  /** Whether most recent calls of this process have failed. */
  isFailureRateHigh: boolean;
}

export interface CircuitPolicy {
  /** Seconds before each attempt of a delivery; probes follow it too. */
  schedule: readonly number[];
  disableAfterMs: number;
  concurrencyPerBot: number;
}

export interface CircuitEvent {
  type: DeliveryEventType;
  details: Record<string, string | number>;
}

export interface CircuitStep {
  health: Health;
  events: CircuitEvent[];
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
  deadCount: 0,
  probes: 0,
  ramp: 0,
  failingReportedAt: null,
  quartersReported: 0,
  disabledReason: '',
};

const OPEN_AFTER_FAILURES = 10;
const DISABLE_AFTER_FAILURES = 20;
/** Operators are notified after so many failures in so much time, also while the circuit is closed. */
const NOTIFY_AFTER_FAILURES = 4;
const NOTIFY_AFTER_MS = 30_000;
const NOTIFY_AGAIN_AFTER_MS = 3_600_000;
const QUARTERS = 4;

/** Maximum time between probes. */
const MAX_PROBE_MS = 3_600_000;
const PROBE_JITTER = 0.2;

/** The receiver rejects the credentials, so it would reject every event. */
const AUTH_STATUSES = new Set([401, 403]);
const GONE = 410;

/**
 * The state after a failed call.
 *
 *   closed ──(10 failures in a row, most calls of a minute, or rejected credentials)──► open ──► probes
 *   any ──(410, or only failures for 72 h)──► disabled
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
    blockedUntil: latest(before.blockedUntil, failure.retryAfterMs > 0 ? now + failure.retryAfterMs : undefined),
  };
  if (before.state === 'disabled') return { health, events: [] };
  const failingMs = now - failingSince.getTime();
  if (failure.httpStatus === GONE) return disable(health, 'gone', failingMs);
  if (failingMs >= policy.disableAfterMs && health.failStreak >= DISABLE_AFTER_FAILURES)
    return disable(health, 'failing_too_long', failingMs);

  // Calls that began before the circuit opened do not change it.
  if (before.state === 'open' && !failure.isProbe) return notify(health, false, failingMs, policy, now);
  const wasOpen = before.state !== 'closed';
  const isUnauthorized = AUTH_STATUSES.has(failure.httpStatus ?? 0);
  if (wasOpen || isUnauthorized || failure.isFailureRateHigh || health.failStreak >= OPEN_AFTER_FAILURES) {
    const delayMs = Math.max(probeDelay(health.probes, policy.schedule, random), failure.retryAfterMs);
    const blockedUntil = new Date(now + delayMs);
    Object.assign(health, { state: 'open', probes: health.probes + 1, ramp: 0, blockedUntil });
  }
  return notify(health, isUnauthorized, failingMs, policy, now);
}

/**
 * The state after a successful call.
 *
 *   open ──► ramping: 2 subscriptions at a time, 4, 8, ... ──► closed
 *   disabled ──► the same, after a successful manual attempt
 */
export function afterSuccess(before: Health, { concurrencyPerBot }: CircuitPolicy, now: number): CircuitStep {
  const isBack = before.state === 'open' || before.state === 'disabled';
  const ramp = before.state === 'ramping' ? before.ramp * 2 : isBack ? 2 : 0;
  const health: Health = {
    ...HEALTHY,
    isPaused: before.isPaused,
    state: ramp > 0 && ramp < concurrencyPerBot ? 'ramping' : 'closed',
    ramp,
    lastSuccessAt: new Date(now),
    lastFailureAt: before.lastFailureAt,
    lastError: before.lastError,
    failingReportedAt: before.failingSince ? null : before.failingReportedAt,
  };
  if (!before.failingReportedAt || !before.failingSince) return { health, events: [] };
  const downSeconds = Math.round((now - before.failingSince.getTime()) / 1000);
  return { health, events: [{ type: 'endpoint.recovered', details: { downSeconds, failures: before.failStreak } }] };
}

function disable(health: Health, reason: string, failingMs: number): CircuitStep {
  const details = { reason, error: health.lastError, failingSeconds: Math.round(failingMs / 1000) };
  return {
    health: {
      ...health,
      state: 'disabled',
      disabledReason: reason,
      ramp: 0,
      failingReportedAt: health.failingReportedAt ?? health.lastFailureAt,
    },
    events: [{ type: 'endpoint.disabled', details }],
  };
}

/** Notifies operators of a failure at most once an hour, and at each quarter of the time until the endpoint is disabled. */
function notify(
  health: Health,
  isUnauthorized: boolean,
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
    isUnauthorized ||
    health.state === 'open' ||
    (health.failStreak >= NOTIFY_AFTER_FAILURES && failingMs >= NOTIFY_AFTER_MS);
  const lastNotifiedAt = health.failingReportedAt?.getTime() ?? 0;
  const isNotified = health.failingReportedAt !== null && lastNotifiedAt >= health.failingSince!.getTime();
  if (isNews && !isNotified && now - lastNotifiedAt >= NOTIFY_AGAIN_AFTER_MS) {
    return { health: { ...health, failingReportedAt: new Date(now) }, events: [{ type: 'endpoint.failing', details }] };
  }
  const quarters = Math.min(Math.floor((failingMs / disableAfterMs) * QUARTERS), QUARTERS - 1);
  if (quarters > health.quartersReported) {
    const percent = (quarters * 100) / QUARTERS;
    return {
      health: { ...health, quartersReported: quarters },
      events: [{ type: 'endpoint.still_failing', details: { ...details, percentOfTimeUntilDisabled: percent } }],
    };
  }
  return { health, events: [] };
}

function probeDelay(probes: number, schedule: readonly number[], random: number): number {
  const seconds = schedule[Math.min(probes + 1, schedule.length - 1)] ?? 1;
  return Math.min(seconds * 1000, MAX_PROBE_MS) * (1 + random * PROBE_JITTER);
}

const latest = (a: Date | null, b: number | undefined): Date | null =>
  b === undefined || (a && a.getTime() >= b) ? a : new Date(b);

/** Statuses of a rejected body. A retry would fail too. */
const CONTENT_STATUSES = new Set([400, 404, 405, 413, 415, 422]);
const MAX_CONTENT_ATTEMPTS = 3;
const MAX_OTHER_ATTEMPTS = 5;

/** Error code of an attempt that failed in this server, before the bot was called. */
export const INTERNAL_ERROR = 'internal_error';

/**
 * Whether the event is at fault, not the endpoint. Such an event is given up early, so that the rest of the chat does not wait for it.
 * If the failure streak is shorter than the attempts of the event, other events were delivered meanwhile. An event that is rejected
 * for its content is also given up without such a comparison, but only one between two successes: a bot that rejects everything
 * must not lose all its events.
 */
export function isPoison(
  { httpStatus, errorCode }: Pick<CallFailure, 'httpStatus' | 'errorCode'>,
  attempts: number,
  health: Pick<Health, 'failStreak' | 'lastSuccessAt' | 'deadCount'>,
): boolean {
  if (errorCode === INTERNAL_ERROR) return attempts >= MAX_OTHER_ATTEMPTS;
  const othersSucceed = health.failStreak < attempts;
  if (!CONTENT_STATUSES.has(httpStatus ?? 0)) return attempts >= MAX_OTHER_ATTEMPTS && othersSucceed;
  return (
    attempts >= MAX_CONTENT_ATTEMPTS && (othersSucceed || (health.lastSuccessAt !== null && health.deadCount === 0))
  );
}
