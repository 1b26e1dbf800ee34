import { Injectable } from '@nestjs/common';
import type { LaneKey } from '../lanes.repository.js';
import { AwayNotes } from './away-notes.js';
import { type Admission, CircuitBreaker } from './circuit-breaker.js';
import { EndpointProfiles } from './endpoint-profiles.js';

/** Who may be served now. The people of those who may not are told, in time, why nobody answers. */
@Injectable()
export class LaneGate {
  constructor(
    private readonly circuit: CircuitBreaker,
    private readonly profiles: EndpointProfiles,
    private readonly notes: AwayNotes,
  ) {}

  async admit({ endpointId, chatId }: LaneKey): Promise<Admission> {
    const admission = await this.circuit.admit(endpointId);
    const outage = admission === 'blocked' ? this.circuit.outageOf(endpointId) : undefined;
    if (outage && this.notes.isDue({ endpointId, chatId }, outage)) {
      const profile = (await this.profiles.read([endpointId])).get(endpointId);
      if (profile) this.notes.consider(profile.endpoint, chatId, outage);
    }
    return admission;
  }
}
