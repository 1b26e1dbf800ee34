import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { UsersModule } from '../users/index.js';
import { AccountDeletionService } from './account-deletion.service.js';
import { ApiTokenEntity } from './api-token.entity.js';
import { ApiTokensService } from './api-tokens.service.js';
import { AuditEntryEntity } from './audit-entry.entity.js';
import { AuditLogService } from './audit-log.service.js';
import { AuthAuditSubscriber } from './auth-audit.subscriber.js';
import { BotAccessTokensService } from './bot-access-tokens.service.js';
import { BotTokenEntity } from './bot-token.entity.js';
import { BotTokensRepository } from './bot-tokens.repository.js';
import { BotTokensService } from './bot-tokens.service.js';
import { ServiceKeysService } from './service-keys.service.js';
import { SessionChangeEntity } from './session-change.entity.js';
import { SessionStates } from './session-states.js';
import { SessionsService } from './sessions.service.js';

/** Global: the guards of all protocols use it. */
@Global()
@Module({
  imports: [
    UsersModule,
    TypeOrmModule.forFeature([ApiTokenEntity, AuditEntryEntity, BotTokenEntity, SessionChangeEntity]),
  ],
  providers: [
    AccountDeletionService,
    ApiTokensService,
    AuditLogService,
    AuthAuditSubscriber,
    BotAccessTokensService,
    BotTokensService,
    BotTokensRepository,
    ServiceKeysService,
    SessionStates,
    SessionsService,
  ],
  exports: [
    AccountDeletionService,
    ApiTokensService,
    AuditLogService,
    BotAccessTokensService,
    BotTokensService,
    ServiceKeysService,
    SessionsService,
  ],
})
export class AuthModule {}
