import { Injectable } from '@nestjs/common';
import { Database } from '../../../core/database/database.js';
import { DomainError } from '../../../core/errors/domain.error.js';
import { type Actor, AuditLogService } from '../../auth/index.js';
import { BotEndpointsService } from '../../bots/index.js';
import type { CircuitNews, Health } from '../circuit.js';
import { EndpointHealthRepository } from '../endpoint-health.repository.js';
import { type LaneKey, LanesRepository } from '../lanes.repository.js';
import { RedeliveriesRepository, type RedeliveryScope } from './redeliveries.repository.js';

const notYetTold = () =>
  new DomainError(
    'conflict',
    'delivery.not_behind',
    'The endpoint has not come to this entry, or has no lane in its chat.',
  );

/** What operators do with endpoints. Each act leaves an entry in the audit log. */
@Injectable()
export class EndpointControl {
  constructor(
    private readonly redeliveries: RedeliveriesRepository,
    private readonly health: EndpointHealthRepository,
    private readonly endpoints: BotEndpointsService,
    private readonly lanes: LanesRepository,
    private readonly audit: AuditLogService,
    private readonly database: Database,
  ) {}

  /** Nobody calls it until it is resumed; what is said meanwhile waits. */
  pause(actor: Actor, id: string): Promise<void> {
    return this.change(actor, id, 'endpoint.paused', (health) => ({ ...health, isPaused: true }));
  }

  /** Ends a pause, and gives one that was disabled another chance: with a probe first. */
  resume(actor: Actor, id: string): Promise<void> {
    return this.change(actor, id, 'endpoint.resumed', (health) => ({
      ...health,
      isPaused: false,
      ...(health.state === 'disabled'
        ? {
            state: 'open' as const,
            blockedUntil: null,
            probes: 0,
            failingSince: null,
            failStreak: 0,
            disabledReason: '',
          }
        : {}),
    }));
  }

  /** Does not wait for the next probe's time, nor for what the receiver has asked for. */
  tryNow(actor: Actor, id: string): Promise<void> {
    return this.change(actor, id, undefined, (health) => ({ ...health, blockedUntil: null, probes: 0 }));
  }

  /** @returns the new secret */
  rotateSecret(actor: Actor, id: string, overlapSeconds: number): Promise<string> {
    return this.database.transaction(async () => {
      const secret = await this.endpoints.rotateSigningSecret(actor, id, overlapSeconds);
      await this.audit.record(actor, 'endpoint.secret_rotated', id, { overlapSeconds });
      return secret;
    });
  }

  /** Tells one entry again, behind whatever the lane has in hand. @throws DomainError conflict `delivery.not_behind` */
  redeliver(actor: Actor, lane: LaneKey, seq: number): Promise<void> {
    return this.database.transaction(async () => {
      await this.endpoints.getById(actor, lane.endpointId);
      if (!(await this.redeliveries.addOne(lane, seq))) throw notYetTold();
      await this.audit.record(actor, 'delivery.redelivered', lane.endpointId, { chatId: lane.chatId, seq });
    });
  }

  /** @returns how many entries are told again; with `dryRun`, would be */
  async redeliverAll(
    actor: Actor,
    id: string,
    { scope, since, dryRun }: { scope: RedeliveryScope; since: Date; dryRun: boolean },
  ): Promise<number> {
    await this.endpoints.getById(actor, id);
    if (dryRun) return this.redeliveries.count(id, scope, since);
    return this.database.transaction(async () => {
      const count = await this.redeliveries.addAll(id, scope, since);
      await this.audit.record(actor, 'endpoint.redelivered', id, { scope, since: since.toISOString(), count });
      return count;
    });
  }

  private async change(
    actor: Actor,
    id: string,
    news: 'endpoint.paused' | 'endpoint.resumed' | undefined,
    decide: (health: Health) => Health,
  ): Promise<void> {
    const endpoint = await this.endpoints.getById(actor, id);
    const told: CircuitNews[] = news ? [{ type: news, details: {} }] : [];
    await this.database.transaction(async () => {
      await this.health.change(id, endpoint.botId, (health) => ({ health: decide(health), news: told }));
      await this.lanes.ringAgain(id);
      await this.audit.record(actor, news ?? 'endpoint.tried_now', id);
    });
  }
}
