import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { ModelFailure } from './model-failure.js';
import type { ModelTarget } from './model.types.js';

const FAILURES_TO_OPEN = 5;
const WINDOW_MS = 30_000;
const OPEN_MS = 30_000;

interface Circuit {
  failures: number[];
  openUntil: number;
  /** After an opening, one request goes through to see whether all is well again. */
  isProbing: boolean;
}

/**
 * One circuit for each key and model: 5 failures within 30 s open it for 30 s, and a provider that asks for a long pause gets it.
 * Each process has its own: it spares requests that would fail, and nothing depends on it.
 */
@Injectable()
export class Circuits {
  private readonly circuits = new LRUCache<string, Circuit>({ max: 1000 });

  /** @throws ModelFailure `circuit_open` with the time to wait */
  enter(target: ModelTarget, now: number = Date.now()): void {
    const circuit = this.of(target);
    if (circuit.openUntil === 0) return;
    if (now < circuit.openUntil || circuit.isProbing) {
      const retryAfterMs = Math.max(circuit.openUntil - now, 1000);
      throw new ModelFailure('circuit_open', 'The model was left alone for a while after many failures.', {
        retryAfterMs,
      });
    }
    circuit.isProbing = true;
  }

  succeed(target: ModelTarget): void {
    Object.assign(this.of(target), { failures: [], openUntil: 0, isProbing: false });
  }

  /** Neither a success nor a failure of the model's: whoever comes next may try. */
  leave(target: ModelTarget): void {
    this.of(target).isProbing = false;
  }

  fail(target: ModelTarget, now: number = Date.now()): void {
    const circuit = this.of(target);
    circuit.failures = [...circuit.failures.filter((at) => at > now - WINDOW_MS), now];
    if (circuit.isProbing || circuit.failures.length >= FAILURES_TO_OPEN) this.open(target, now + OPEN_MS);
  }

  /** @param until milliseconds since 1970 */
  open(target: ModelTarget, until: number): void {
    Object.assign(this.of(target), { failures: [], openUntil: until, isProbing: false });
  }

  private of({ keyAlias, baseUrl, model }: ModelTarget): Circuit {
    const key = `${keyAlias} ${baseUrl} ${model}`;
    const circuit = this.circuits.get(key) ?? { failures: [], openUntil: 0, isProbing: false };
    this.circuits.set(key, circuit);
    return circuit;
  }
}
