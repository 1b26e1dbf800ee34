const FAILURES_TO_OPEN = 5;
const WINDOW_MS = 30_000;
const OPEN_MS = 30_000;
/** Longer than any request takes to begin. */
const PROBE_MS = 150_000;

/** How a key, or a model by a key, has been doing. Times in milliseconds since 1970. */
export interface CircuitState {
  /** Of the last half minute. */
  failures: number[];
  /** Nobody asks before; 0 for a closed circuit. */
  openUntil: number;
  /** One request is on its way to see whether all is well again; nobody else asks before. */
  probeUntil: number;
  /** Why it opened. */
  reason: string;
}

export const CLOSED: CircuitState = { failures: [], openUntil: 0, probeUntil: 0, reason: '' };

/** @returns for how long nobody asks; 0 when somebody may */
export const waitOf = ({ openUntil, probeUntil }: CircuitState, now: number): number =>
  openUntil === 0 ? 0 : Math.max(openUntil - now, probeUntil - now, 0);

/** After an opening, one request goes through. @returns undefined when another one was faster */
export const probed = (state: CircuitState, now: number): CircuitState | undefined =>
  waitOf(state, now) > 0 ? undefined : { ...state, probeUntil: now + PROBE_MS };

/** 5 failures within 30 s open a circuit for 30 s, and so does a probe that fails. */
export function failed(state: CircuitState, now: number): CircuitState {
  const failures = [...state.failures.filter((at) => at > now - WINDOW_MS), now];
  const opens = state.openUntil > 0 || failures.length >= FAILURES_TO_OPEN;
  return opens ? opened(now + OPEN_MS, 'failures') : { ...state, failures };
}

export const opened = (openUntil: number, reason: string): CircuitState => ({ ...CLOSED, openUntil, reason });
