import { Injectable } from '@nestjs/common';
import { Settings } from '../../../core/config/settings.js';
import { Database } from '../../../core/database/database.js';
import { DomainError } from '../../../core/errors/domain.error.js';
import { type Actor, AuditLogService } from '../../auth/index.js';
import { BotEndpointsService } from '../../bots/index.js';
import { type LaneKey, LanesRepository } from '../lanes.repository.js';
import { RedeliveriesRepository, type RedeliveryScope } from './redeliveries.repository.js';

const DAY_MS = 86_400_000;

export interface RedeliverAll {
  scope: RedeliveryScope;
  since: Date;
  /** Only counts. */
  dryRun: boolean;
}

const notYetTold = () =>
  new DomainError(
    'conflict',
    'delivery.not_behind',
    'The endpoint has not come to this entry, or has no lane in its chat.',
  );

/** Tells bots again what they have not had, on an operator's word, which the audit log keeps. */
@Injectable()
export class Redelivery {
  constructor(
    private readonly redeliveries: RedeliveriesRepository,
    private readonly lanes: LanesRepository,
    private readonly endpoints: BotEndpointsService,
    private readonly audit: AuditLogService,
    private readonly database: Database,
    private readonly settings: Settings,
  ) {}

  /** Tells one entry again, behind whatever the lane has in hand. @returns 1 @throws DomainError conflict `delivery.not_behind` */
  redeliver(actor: Actor, lane: LaneKey, seq: number): Promise<number> {
    return this.database.transaction(async () => {
      await this.endpoints.getById(actor, lane.endpointId);
      await this.lanes.openForEndpoint(lane.endpointId, { chatId: lane.chatId });
      if (!(await this.redeliveries.addOne(lane, seq))) throw notYetTold();
      await this.audit.record(actor, 'delivery.redelivered', lane.endpointId, { chatId: lane.chatId, seq });
      return 1;
    });
  }

  /** @returns how many entries are told again; with `dryRun`, would be */
  async redeliverAll(actor: Actor, id: string, { scope, since: wanted, dryRun }: RedeliverAll): Promise<number> {
    await this.endpoints.getById(actor, id);
    // What became of older entries nobody knows any more, so none of them can be called missing.
    const since = new Date(
      Math.max(wanted.getTime(), Date.now() - (this.settings.DELIVERY_RETENTION_DAYS - 1) * DAY_MS),
    );
    // What an endpoint lacks of a chat, it lacks also where no dispatch has needed its cursor yet.
    if (scope === 'missing') await this.lanes.openForEndpoint(id, { since });
    if (dryRun) return this.redeliveries.count(id, scope, since);
    return this.database.transaction(async () => {
      const count = await this.redeliveries.addAll(id, scope, since);
      await this.audit.record(actor, 'endpoint.redelivered', id, { scope, since: since.toISOString(), count });
      return count;
    });
  }
}
