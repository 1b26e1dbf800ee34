import { scopeMissing, serviceRequired } from './auth.errors.js';
import { API_SCOPES, type Scope } from './scopes.js';

/**
 * - `user`: a person with a session
 * - `bot`: a bot with its token
 * - `service`: an API credential (master token, API token or admin key); may act for any user
 */
export type ActorKind = 'user' | 'bot' | 'service';

/** The identity of a caller. The guard of each protocol creates it; services do not depend on the protocol. */
export interface Actor {
  readonly kind: ActorKind;
  /** The id of the user; for services the name of the credential. */
  readonly id: string;
  readonly scopes: readonly Scope[];
}

export const API_TOKEN_ACTOR: Actor = { kind: 'service', id: 'api-token', scopes: [...API_SCOPES, 'tokens:manage'] };
export const ADMIN_ACTOR: Actor = { kind: 'service', id: 'admin-key', scopes: [...API_SCOPES, 'admin'] };
/** The server itself. */
export const SYSTEM_ACTOR: Actor = { kind: 'service', id: 'system', scopes: [...API_SCOPES, 'admin'] };

/** @throws DomainError forbidden `auth.operator_only` */
export function requireService(actor: Actor): void {
  if (actor.kind !== 'service') throw serviceRequired();
}

/** @throws DomainError forbidden `auth.scope_missing` */
export function requireScope(actor: Actor, scope: Scope): void {
  if (!hasScope(actor, scope)) throw scopeMissing(scope);
}

export const hasScope = (actor: Actor, scope: Scope): boolean => actor.scopes.includes(scope);

/** Whether `actor` may act as the user `userId`. */
export const canActAs = (actor: Actor, userId: string): boolean => actor.kind === 'service' || actor.id === userId;
