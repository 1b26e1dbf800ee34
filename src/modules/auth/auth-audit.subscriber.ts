import { Injectable } from '@nestjs/common';
import { OnDomainEvent } from '../../core/events/on-domain-event.decorator.js';
import { AuditLogService } from './audit-log.service.js';
import {
  AccountDeleted,
  AccountErased,
  ApiTokenCreated,
  ApiTokenRevoked,
  SessionIssued,
  SessionsRevoked,
} from './auth.events.js';

/** Records operations on accounts, sessions and API tokens in the audit log, whatever protocol they come from. */
@Injectable()
export class AuthAuditSubscriber {
  constructor(private readonly audit: AuditLogService) {}

  @OnDomainEvent(SessionIssued, 'in-transaction')
  recordSessionIssued({ actor, userId }: SessionIssued): Promise<void> {
    return this.audit.record(actor, 'user.session_issued', userId);
  }

  /** Only of services: people end their own sessions as they like. */
  @OnDomainEvent(SessionsRevoked, 'in-transaction')
  async recordSessionsRevoked({ actor, userId }: SessionsRevoked): Promise<void> {
    if (actor.kind === 'service') await this.audit.record(actor, 'user.sessions_revoked', userId);
  }

  @OnDomainEvent(AccountDeleted, 'in-transaction')
  recordAccountDeleted({ actor, userId }: AccountDeleted): Promise<void> {
    return this.audit.record(actor, 'user.deleted', userId);
  }

  @OnDomainEvent(AccountErased, 'in-transaction')
  recordAccountErased({ actor, userId }: AccountErased): Promise<void> {
    return this.audit.record(actor.kind === 'service' ? actor : { ...actor, id: userId }, 'user.erased', userId);
  }

  @OnDomainEvent(ApiTokenCreated, 'in-transaction')
  recordApiTokenCreated({ actor, tokenId }: ApiTokenCreated): Promise<void> {
    return this.audit.record(actor, 'api_token.created', tokenId);
  }

  @OnDomainEvent(ApiTokenRevoked, 'in-transaction')
  recordApiTokenRevoked({ actor, tokenId }: ApiTokenRevoked): Promise<void> {
    return this.audit.record(actor, 'api_token.revoked', tokenId);
  }
}
