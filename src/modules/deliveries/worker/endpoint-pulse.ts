import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';

const REMEMBERED_CALLS = 20;
/** A bot of whose last calls more than one took this long is slow. */
const SLOW_MS = 3000;

/** How an endpoint has answered of late, as far as this process has seen. */
interface Pulse {
  durations: number[];
  /** Lanes at a time, while an endpoint that was away is being led back. */
  ramp: number | undefined;
}

/** What one process remembers of the endpoints that it calls, to be fair to the others. Lost with it, and learnt again. */
@Injectable()
export class EndpointPulse {
  private readonly pulses = new LRUCache<string, Pulse>({ max: 5000 });

  observe(endpointId: string, durationMs: number): void {
    const { durations } = this.of(endpointId);
    durations.push(durationMs);
    if (durations.length > REMEMBERED_CALLS) durations.shift();
  }

  isSlow(endpointId: string): boolean {
    const durations = this.pulses.get(endpointId)?.durations ?? [];
    const slow = durations.filter((duration) => duration >= SLOW_MS).length;
    return slow > 1 || (slow === 1 && durations.length === 1);
  }

  /** @returns how many lanes of the endpoint may be served at a time */
  limit(endpointId: string, usual: number): number {
    return Math.min(this.pulses.get(endpointId)?.ramp ?? usual, usual);
  }

  setRamp(endpointId: string, ramp: number | undefined): void {
    this.of(endpointId).ramp = ramp;
  }

  private of(endpointId: string): Pulse {
    const known = this.pulses.get(endpointId);
    if (known) return known;
    const pulse: Pulse = { durations: [], ramp: undefined };
    this.pulses.set(endpointId, pulse);
    return pulse;
  }
}
