import { Injectable } from '@nestjs/common';
import { type CircuitState, CLOSED } from './circuit.entity.js';
import { CircuitsRepository } from './circuits.repository.js';
import { LONGEST_WAIT_MS, ModelFailure } from './model-failure.js';
import type { ModelTarget } from './model.types.js';

const FAILURES_TO_OPEN = 5;
const WINDOW_MS = 30_000;
const OPEN_MS = 30_000;
/** Longer than any request takes to start. */
const PROBE_MS = 150_000;
/** Probe interval of a refused key: its recovery on the provider's side is not visible here. */
const REFUSED_MS = 5 * 60_000;

/** A state change of a circuit, reported to operators. */
export type CircuitEvent = 'key.refused' | 'key.recovered' | 'model.failing' | 'model.recovered';

/** Permission for one request. */
export interface CircuitPermit {
  /** There are recorded failures, which a success clears. */
  hasFailures: boolean;
  /** Circuits that this request probes. */
  probes: readonly string[];
}

const keyId = ({ provider }: ModelTarget): string => provider;
const modelId = ({ provider, model }: ModelTarget): string => `${provider} ${model}`;

/**
 * Circuit breakers, shared by all processes. There is one per key and model: 5 failures within 30 s open it for 30 s, and a long
 * `retry-after` opens it for that time. And there is one per key: it opens when the key is refused or out of quota, and closes when
 * the connection test or one probe request in 5 minutes succeeds. A new key has a new circuit.
 */
@Injectable()
export class CircuitBreakers {
  constructor(private readonly circuits: CircuitsRepository) {}

  /** @throws ModelFailure `circuit_open` with the time until the next probe */
  async acquire(target: ModelTarget): Promise<CircuitPermit> {
    const states = await this.circuits.read([keyId(target), modelId(target)]);
    const probes: string[] = [];
    for (const [id, state] of states) {
      if (state.openUntil === 0) continue;
      const now = Date.now();
      const isProbe =
        remainingOpenMs(state, now) === 0 && (await this.circuits.change(id, (current) => startProbe(current, now)));
      if (!isProbe) {
        await this.release({ probes });
        throw circuitOpen(state.reason, Math.max(remainingOpenMs(state, now), 1000));
      }
      probes.push(id);
    }
    return { hasFailures: states.size > 0, probes };
  }

  /** @returns the state changes */
  async recordSuccess(target: ModelTarget, { hasFailures: isTroubled }: CircuitPermit): Promise<CircuitEvent[]> {
    return isTroubled ? this.reset(target) : [];
  }

  /** Closes the circuits of key and model. @returns the state changes */
  async reset(target: ModelTarget): Promise<CircuitEvent[]> {
    const closed = await this.circuits.close([keyId(target), modelId(target)]);
    return closed.map((id) => (id === keyId(target) ? 'key.recovered' : 'model.recovered'));
  }

  /** Ends the probes without a result, so that the next request can probe. */
  async release({ probes }: Pick<CircuitPermit, 'probes'>): Promise<void> {
    for (const id of probes) await this.circuits.change(id, (state) => ({ ...state, probeUntil: 0 }));
  }

  /** @returns the state changes */
  async recordFailure(target: ModelTarget, { kind, details }: ModelFailure): Promise<CircuitEvent[]> {
    const now = Date.now();
    const { retryAfterMs = 0, status } = details;
    // 403: the key is valid but may not use this model.
    if (kind === 'quota' || (kind === 'auth' && status !== 403)) {
      return this.open(keyId(target), now + REFUSED_MS, kind, 'key.refused');
    }
    if (kind === 'auth') return this.open(modelId(target), now + REFUSED_MS, kind, 'model.failing');
    if (kind === 'rate_limited' && retryAfterMs > LONGEST_WAIT_MS) {
      return this.open(modelId(target), now + retryAfterMs, kind, 'model.failing');
    }
    if (kind !== 'timeout' && kind !== 'server' && kind !== 'network') return [];
    let hasOpened = false;
    const before = await this.circuits.change(modelId(target), (state) => {
      const next = recordFailure(state, now);
      hasOpened = next.openUntil > 0;
      return next;
    });
    return hasOpened && before?.openUntil === 0 ? ['model.failing'] : [];
  }

  private async open(id: string, until: number, reason: string, event: CircuitEvent): Promise<CircuitEvent[]> {
    const before = await this.circuits.change(id, () => openCircuit(until, reason));
    return before?.openUntil === 0 ? [event] : [];
  }
}

const circuitOpen = (reason: string, retryAfterMs: number): ModelFailure =>
  new ModelFailure('circuit_open', `The circuit of the model is open (${reason}).`, { retryAfterMs, code: reason });

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
