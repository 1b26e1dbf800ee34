export { AccountDeletionService } from './account-deletion.service.js';
export {
  type Actor,
  type ActorKind,
  ADMIN_ACTOR,
  hasScope,
  canActAs,
  API_TOKEN_ACTOR,
  requireService,
  requireScope,
  SYSTEM_ACTOR,
} from './actor.js';
export { ApiTokenEntity } from './api-token.entity.js';
export { ApiTokensService } from './api-tokens.service.js';
export { API_SCOPES, type ApiScope, type Scope } from './scopes.js';
export { AuditEntryEntity } from './audit-entry.entity.js';
export { AuditLogService } from './audit-log.service.js';
export { newestTokenOf } from './bot-tokens.repository.js';
export { AuthModule } from './auth.module.js';
export { AuthSettings } from './auth.settings.js';
export { type BotAccessToken, type BotAccessTokenClaims, BotAccessTokensService } from './bot-access-tokens.service.js';
export { BotTokensService } from './bot-tokens.service.js';
export { ServiceKeysService } from './service-keys.service.js';
export { type Session, SessionsService, type SessionToken } from './sessions.service.js';
