export { AccountErasureService } from './account-erasure.service.js';
export {
  type Actor,
  type ActorKind,
  ADMIN,
  hasScope,
  mayActAs,
  OPERATOR,
  requireOperator,
  requireScope,
  SYSTEM,
} from './actor.js';
export { ApiTokenEntity } from './api-token.entity.js';
export { ApiTokensService } from './api-tokens.service.js';
export { API_SCOPES, type ApiScope, type Scope } from './scopes.js';
export { AuditEntryEntity } from './audit-entry.entity.js';
export { AuditLogService } from './audit-log.service.js';
export { newestTokenOf } from './bot-tokens.repository.js';
export { AuthModule } from './auth.module.js';
export { type BotPass, type BotPassClaims, BotPassesService } from './bot-passes.service.js';
export { BotTokensService } from './bot-tokens.service.js';
export { OperatorKeysService } from './operator-keys.service.js';
export { SessionAdministrationService } from './session-administration.service.js';
export { type Session, SessionsService, type SessionToken } from './sessions.service.js';
