import { Injectable, Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { DueEndpointsRepository } from '../due-endpoints.repository.js';
import type { LaneKey } from '../lanes.repository.js';
import { AwayNotes } from './away-notes.js';
import { CircuitBreaker } from './circuit-breaker.js';
import { EndpointProfiles } from './endpoint-profiles.js';

/** Chats that are informed with one probe; the next ones follow with the next probe. */
const CHATS_PER_PROBE = 500;

/** Informs the people of chats whose bot cannot be called, in time. Best effort: a notice that is missed comes with a later occasion. */
@Injectable()
export class OutageNotices {
  private readonly logger = new Logger(OutageNotices.name);
  /** The due time of the last chat of each endpoint that was informed. */
  private readonly informedUntil = new LRUCache<string, string>({ max: 5000 });

  constructor(
    private readonly circuit: CircuitBreaker,
    private readonly profiles: EndpointProfiles,
    private readonly notes: AwayNotes,
    private readonly due: DueEndpointsRepository,
  ) {}

  /** A chat has news for endpoints. */
  considerChats(cursors: readonly LaneKey[]): void {
    for (const { endpointId, chatId } of cursors) {
      if (this.circuit.isBlocked(endpointId)) this.safely(() => this.inform(endpointId, [chatId]));
    }
  }

  /** The chats that wait for an endpoint, the longest waiting first. */
  considerWaitingChats(endpointId: string): void {
    if (!this.circuit.outageOf(endpointId)) return;
    this.safely(async () => {
      const chats = await this.due.waitingChats(endpointId, this.informedUntil.get(endpointId), CHATS_PER_PROBE);
      const last = chats.length === CHATS_PER_PROBE ? chats.at(-1)?.dueAt : undefined;
      if (last) this.informedUntil.set(endpointId, last);
      else this.informedUntil.delete(endpointId);
      await this.inform(
        endpointId,
        chats.map(({ chatId }) => chatId),
      );
    });
  }

  private async inform(endpointId: string, chatIds: readonly string[]): Promise<void> {
    const outage = this.circuit.outageOf(endpointId);
    if (!outage) return;
    const uninformed = chatIds.filter((chatId) => this.notes.isDue({ endpointId, chatId }, outage));
    if (uninformed.length === 0) return;
    const profile = (await this.profiles.read([endpointId])).get(endpointId);
    if (profile) for (const chatId of uninformed) this.notes.consider(profile.endpoint, chatId, outage);
  }

  private safely(work: () => Promise<void>): void {
    work().catch((error: Error) => this.logger.warn(`People were not informed of an outage: ${error.message}`));
  }
}
