import { Injectable } from '@nestjs/common';
import { OnDomainEvent } from '../../core/events/on-domain-event.decorator.js';
import { AuditLogService } from '../auth/index.js';
import {
  BotAccessTokenIssued,
  BotCreated,
  BotDeleted,
  BotDisabled,
  BotEnabled,
  BotTokenRevealed,
  BotTokenRotated,
} from './bot.events.js';

/** Records operations on bots in the audit log, whatever protocol they come from. */
@Injectable()
export class BotAuditSubscriber {
  constructor(private readonly audit: AuditLogService) {}

  @OnDomainEvent(BotCreated, 'in-transaction')
  recordCreated({ actor, botId, name }: BotCreated): Promise<void> {
    return this.audit.record(actor, 'bot.created', botId, { name });
  }

  @OnDomainEvent(BotDeleted, 'in-transaction')
  recordDeleted({ actor, botId, name }: BotDeleted): Promise<void> {
    return this.audit.record(actor, 'bot.deleted', botId, { name });
  }

  @OnDomainEvent(BotDisabled, 'in-transaction')
  recordDisabled({ actor, botId }: BotDisabled): Promise<void> {
    return this.audit.record(actor, 'bot.disabled', botId);
  }

  @OnDomainEvent(BotEnabled, 'in-transaction')
  recordEnabled({ actor, botId }: BotEnabled): Promise<void> {
    return this.audit.record(actor, 'bot.enabled', botId);
  }

  @OnDomainEvent(BotTokenRotated, 'in-transaction')
  recordTokenRotated({ actor, botId, overlapSeconds }: BotTokenRotated): Promise<void> {
    return this.audit.record(actor, 'bot.key_renewed', botId, { overlapSeconds });
  }

  @OnDomainEvent(BotTokenRevealed, 'in-transaction')
  recordTokenRevealed({ actor, botId }: BotTokenRevealed): Promise<void> {
    return this.audit.record(actor, 'bot.key_shown', botId);
  }

  @OnDomainEvent(BotAccessTokenIssued, 'in-transaction')
  recordAccessTokenIssued({ actor, botId }: BotAccessTokenIssued): Promise<void> {
    return this.audit.record(actor, 'bot.access_token_issued', botId);
  }
}
