import { Injectable } from '@nestjs/common';
import { OnDomainEvent } from '../../core/events/on-domain-event.decorator.js';
import { AuditLogService } from '../auth/index.js';
import { GroupChanged, GroupCreated, GroupDeleted } from './chat.events.js';

/** Records operations of services on groups in the audit log, whatever protocol they come from. */
@Injectable()
export class ChatAuditSubscriber {
  constructor(private readonly audit: AuditLogService) {}

  @OnDomainEvent(GroupCreated, 'in-transaction')
  async recordCreated({ actor, chatId }: GroupCreated): Promise<void> {
    if (actor.kind === 'service') await this.audit.record(actor, 'chat.created', chatId);
  }

  @OnDomainEvent(GroupChanged, 'in-transaction')
  async recordChanged({ actor, chatId, fields }: GroupChanged): Promise<void> {
    if (actor.kind === 'service') await this.audit.record(actor, 'chat.changed', chatId, { fields: fields.join(', ') });
  }

  @OnDomainEvent(GroupDeleted, 'in-transaction')
  async recordDeleted({ actor, chatId }: GroupDeleted): Promise<void> {
    if (actor.kind === 'service') await this.audit.record(actor, 'chat.deleted', chatId);
  }
}
