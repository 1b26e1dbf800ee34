import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';

const REMEMBERED_CALLS = 20;
/** A bot of whose last calls more than one took this long is slow. */
const SLOW_MS = 3000;

/** An endpoint fails as a whole when so many calls, and this share of them, have failed within so long. */
const WINDOW_MS = 60_000;
const WINDOW_CALLS = 10;
const WINDOW_SHARE = 0.7;

interface Call {
  at: number;
  durationMs: number;
  succeeded: boolean;
}

/** How an endpoint has answered of late, as far as this process has seen. */
interface Pulse {
  calls: Call[];
  /** Lanes at a time, while an endpoint that was away is being led back. */
  ramp: number | undefined;
  /** All that was due of it when it was last served has failed several times, and nothing has come through since. */
  isLate: boolean;
}

/** What one process remembers of the endpoints that it calls, to be fair to the others. Lost with it, and learnt again. */
@Injectable()
export class EndpointPulse {
  private readonly pulses = new LRUCache<string, Pulse>({ max: 5000 });

  observe(endpointId: string, durationMs: number, succeeded: boolean): void {
    const pulse = this.of(endpointId);
    const { calls } = pulse;
    calls.push({ at: Date.now(), durationMs, succeeded });
    if (calls.length > REMEMBERED_CALLS) calls.shift();
    if (succeeded) pulse.isLate = false;
  }

  isLate(endpointId: string): boolean {
    return this.pulses.get(endpointId)?.isLate ?? false;
  }

  setLate(endpointId: string, isLate: boolean): void {
    if (isLate || this.pulses.has(endpointId)) this.of(endpointId).isLate = isLate;
  }

  isSlow(endpointId: string): boolean {
    const calls = this.pulses.get(endpointId)?.calls ?? [];
    const slow = calls.filter(({ durationMs }) => durationMs >= SLOW_MS).length;
    return slow > 1 || (slow === 1 && calls.length === 1);
  }

  mostFail(endpointId: string): boolean {
    const since = Date.now() - WINDOW_MS;
    const calls = (this.pulses.get(endpointId)?.calls ?? []).filter(({ at }) => at >= since);
    return (
      calls.length >= WINDOW_CALLS && calls.filter(({ succeeded }) => !succeeded).length >= calls.length * WINDOW_SHARE
    );
  }

  /** @returns how many lanes of the endpoint may be served at a time */
  limit(endpointId: string, usual: number): number {
    return Math.min(this.pulses.get(endpointId)?.ramp ?? usual, usual);
  }

  setRamp(endpointId: string, ramp: number | undefined): void {
    if (ramp !== undefined || this.pulses.has(endpointId)) this.of(endpointId).ramp = ramp;
  }

  /** @param ramping all that are being led back */
  setRamps(ramping: readonly { endpointId: string; ramp: number }[]): void {
    for (const pulse of this.pulses.values()) pulse.ramp = undefined;
    for (const { endpointId, ramp } of ramping) this.setRamp(endpointId, ramp);
  }

  private of(endpointId: string): Pulse {
    const known = this.pulses.get(endpointId);
    if (known) return known;
    const pulse: Pulse = { calls: [], ramp: undefined, isLate: false };
    this.pulses.set(endpointId, pulse);
    return pulse;
  }
}
