export { type Actor, type ActorKind, ADMIN, mayActAs, OPERATOR, requireOperator, type Scope, SYSTEM } from './actor.js';
export { AuthModule } from './auth.module.js';
export { BotTokensService } from './bot-tokens.service.js';
export { OperatorKeysService } from './operator-keys.service.js';
export { type SessionClaims, SessionsService, type SessionToken } from './sessions.service.js';
