import { Injectable } from '@nestjs/common';
import { Settings } from '../../../core/config/settings.js';
import { LaneLeases, type Lease } from '../lane-leases.js';
import { type Admission, CircuitBreaker } from './circuit-breaker.js';
import { EndpointPulse } from './endpoint-pulse.js';
import { OutageNotices } from './outage-notices.js';
import type { PoolName } from './slot-pools.js';

/** Tries of an entry from which on it is late: people have stopped waiting. */
const LATE_ATTEMPTS = 3;

/** Which endpoints may be served now, by how many turns, and in which slots. */
@Injectable()
export class DeliveryAdmission {
  constructor(
    private readonly circuit: CircuitBreaker,
    private readonly pulse: EndpointPulse,
    private readonly leases: LaneLeases,
    private readonly notices: OutageNotices,
    private readonly settings: Settings,
  ) {}

  async admit(endpointId: string): Promise<Admission> {
    // A probe that finds nothing to send would only keep others from asking.
    if (this.circuit.isProbeDue(endpointId) && !(await this.leases.hasDue(endpointId))) return 'blocked';
    const admission = await this.circuit.admit(endpointId);
    if (admission === 'probe') this.notices.considerWaitingChats(endpointId);
    return admission;
  }

  /** The cap of an endpoint, which all processes keep to together. It is lower while the endpoint recovers. */
  maxLeases(endpointId: string): number {
    return this.pulse.limit(endpointId, this.settings.DELIVERY_LANES_PER_BOT);
  }

  poolOf(endpointId: string): PoolName {
    if (this.pulse.isSlow(endpointId)) return 'slow';
    return this.pulse.isLate(endpointId) ? 'late' : 'fast';
  }

  /** An endpoint that had nothing due but late entries is served as a late one, until it takes one of them. */
  noteClaimed(endpointId: string, claimed: readonly Lease[]): void {
    const isLate = claimed.every(({ headAttempts }) => headAttempts >= LATE_ATTEMPTS);
    if (claimed.length > 0) this.pulse.setLate(endpointId, isLate);
  }
}
