import { LRUCache } from 'lru-cache';

/** The next wake-up for a retry that this process has planned, by endpoint. */
export class PlannedWakeups {
  private readonly planned = new LRUCache<string, number>({ max: 5000 });

  constructor(private readonly publish: (endpointId: string, delayMs: number) => void) {}

  /** Publishes a delayed wake-up, unless an earlier one is planned. */
  plan(endpointId: string, delayMs: number): void {
    const now = performance.now();
    const at = now + delayMs;
    const before = this.planned.get(endpointId) ?? -Infinity;
    if (before > now && before <= at) return;
    this.planned.set(endpointId, at);
    this.publish(endpointId, Math.max(Math.ceil(delayMs), 1));
  }
}
