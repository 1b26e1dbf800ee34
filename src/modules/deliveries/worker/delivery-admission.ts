import { Injectable } from '@nestjs/common';
import { DeliverySettings } from '../deliveries.settings.js';
import { SubscriptionLeases, type Lease } from '../subscription-leases.js';
import { type Admission, CircuitBreaker } from './circuit-breaker.js';
import { EndpointStats } from './endpoint-stats.js';
import { OutageNotices } from './outage-notices.js';
import type { PoolName } from './slot-pools.js';

/** Attempts after which an entry counts as late: its sender has stopped waiting. */
const LATE_ATTEMPTS = 3;

/** Decides whether an endpoint may be served now, by how many turns, and in which slot pool. */
@Injectable()
export class DeliveryAdmission {
  constructor(
    private readonly circuit: CircuitBreaker,
    private readonly stats: EndpointStats,
    private readonly leases: SubscriptionLeases,
    private readonly notices: OutageNotices,
    private readonly settings: DeliverySettings,
  ) {}

  async admit(endpointId: string): Promise<Admission> {
    // A probe without an entry to send would only block other probes.
    if (this.circuit.isProbeDue(endpointId) && !(await this.leases.hasDue(endpointId))) return 'blocked';
    const admission = await this.circuit.admit(endpointId);
    if (admission === 'probe') this.notices.notifyWaitingChats(endpointId);
    return admission;
  }

  /** Maximum leases of an endpoint over all processes. It is lower while the endpoint recovers. */
  maxLeases(endpointId: string): number {
    return this.stats.concurrencyLimit(endpointId, this.settings.DELIVERY_CONCURRENCY_PER_BOT);
  }

  poolOf(endpointId: string): PoolName {
    if (this.stats.isSlow(endpointId)) return 'slow';
    return this.stats.isLate(endpointId) ? 'late' : 'fast';
  }

  /** Marks an endpoint as late if all its due entries are late, until one of them is delivered. */
  recordClaimed(endpointId: string, claimed: readonly Lease[]): void {
    const isLate = claimed.every(({ headAttempts }) => headAttempts >= LATE_ATTEMPTS);
    if (claimed.length > 0) this.stats.setLate(endpointId, isLate);
  }
}
