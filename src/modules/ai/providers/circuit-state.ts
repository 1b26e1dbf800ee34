const FAILURES_TO_OPEN = 5;
const WINDOW_MS = 30_000;
const OPEN_MS = 30_000;
/** Longer than any request takes to start. */
const PROBE_MS = 150_000;

/** Circuit state of a key, or of a model with a key. Times in milliseconds since 1970. */
export interface CircuitState {
  /** Times of the failures in the last 30 s. */
  failures: number[];
  /** No requests before; 0 for a closed circuit. */
  openUntil: number;
  /** A probe request is in progress; no other requests before. */
  probeUntil: number;
  /** Why it opened. */
  reason: string;
}

export const CLOSED: CircuitState = { failures: [], openUntil: 0, probeUntil: 0, reason: '' };

/** @returns milliseconds until a request is allowed; 0 if one is allowed now */
export const remainingOpenMs = ({ openUntil, probeUntil }: CircuitState, now: number): number =>
  openUntil === 0 ? 0 : Math.max(openUntil - now, probeUntil - now, 0);

/** Lets one probe request through an expired open circuit. @returns undefined if no request is allowed */
export const startProbe = (state: CircuitState, now: number): CircuitState | undefined =>
  remainingOpenMs(state, now) > 0 ? undefined : { ...state, probeUntil: now + PROBE_MS };

/** 5 failures within 30 s open the circuit for 30 s, and so does a failed probe. */
export function recordFailure(state: CircuitState, now: number): CircuitState {
  const failures = [...state.failures.filter((at) => at > now - WINDOW_MS), now];
  const opens = state.openUntil > 0 || failures.length >= FAILURES_TO_OPEN;
  return opens ? openCircuit(now + OPEN_MS, 'failures') : { ...state, failures };
}

export const openCircuit = (openUntil: number, reason: string): CircuitState => ({ ...CLOSED, openUntil, reason });
