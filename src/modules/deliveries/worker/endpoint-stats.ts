import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';

const MAX_CALLS = 20;
/** An endpoint is slow if more than one of its last calls took this long. */
const SLOW_MS = 3000;

/** Most calls fail if at least this share of at least this number of calls has failed within this time. */
const WINDOW_MS = 60_000;
const WINDOW_CALLS = 10;
const WINDOW_SHARE = 0.7;

interface Call {
  at: number;
  durationMs: number;
  succeeded: boolean;
}

/** Recent calls of an endpoint by this process. */
interface Stats {
  calls: Call[];
  /** Maximum concurrent subscriptions while the endpoint recovers. */
  ramp: number | undefined;
  /** All its due entries have failed several times, and nothing was delivered since. */
  isLate: boolean;
}

/** Statistics of endpoints for a fair distribution of slots. They are local to the process and lost with it. */
@Injectable()
export class EndpointStats {
  private readonly byEndpoint = new LRUCache<string, Stats>({ max: 5000 });

  observe(endpointId: string, durationMs: number, succeeded: boolean): void {
    const stats = this.of(endpointId);
    const { calls } = stats;
    calls.push({ at: Date.now(), durationMs, succeeded });
    if (calls.length > MAX_CALLS) calls.shift();
    if (succeeded) stats.isLate = false;
  }

  isLate(endpointId: string): boolean {
    return this.byEndpoint.get(endpointId)?.isLate ?? false;
  }

  setLate(endpointId: string, isLate: boolean): void {
    if (isLate || this.byEndpoint.has(endpointId)) this.of(endpointId).isLate = isLate;
  }

  isSlow(endpointId: string): boolean {
    const calls = this.byEndpoint.get(endpointId)?.calls ?? [];
    const slow = calls.filter(({ durationMs }) => durationMs >= SLOW_MS).length;
    return slow > 1 || (slow === 1 && calls.length === 1);
  }

  isFailureRateHigh(endpointId: string): boolean {
    const since = Date.now() - WINDOW_MS;
    const calls = (this.byEndpoint.get(endpointId)?.calls ?? []).filter(({ at }) => at >= since);
    return (
      calls.length >= WINDOW_CALLS && calls.filter(({ succeeded }) => !succeeded).length >= calls.length * WINDOW_SHARE
    );
  }

  /** @returns the maximum concurrent subscriptions of the endpoint */
  concurrencyLimit(endpointId: string, usual: number): number {
    return Math.min(this.byEndpoint.get(endpointId)?.ramp ?? usual, usual);
  }

  setRamp(endpointId: string, ramp: number | undefined): void {
    if (ramp !== undefined || this.byEndpoint.has(endpointId)) this.of(endpointId).ramp = ramp;
  }

  /** @param ramping all endpoints that recover */
  setRamps(ramping: readonly { endpointId: string; ramp: number }[]): void {
    for (const stats of this.byEndpoint.values()) stats.ramp = undefined;
    for (const { endpointId, ramp } of ramping) this.setRamp(endpointId, ramp);
  }

  private of(endpointId: string): Stats {
    const known = this.byEndpoint.get(endpointId);
    if (known) return known;
    const stats: Stats = { calls: [], ramp: undefined, isLate: false };
    this.byEndpoint.set(endpointId, stats);
    return stats;
  }
}
