import { DomainError } from '../../core/errors/domain.error.js';
import { API_SCOPES, type Scope } from './scopes.js';

/**
 * - `person`: a user with a session
 * - `bot`: a bot with its token
 * - `operator`: who runs the server, with the master token or the admin key; may act for anybody
 */
export type ActorKind = 'person' | 'bot' | 'operator';

/** Who asks. Each face's guard makes one, and nothing below a guard asks which face it came by. */
export interface Actor {
  readonly kind: ActorKind;
  /** The user's id; for operators the name of the credential. */
  readonly id: string;
  readonly scopes: readonly Scope[];
}

export const OPERATOR: Actor = { kind: 'operator', id: 'api-token', scopes: [...API_SCOPES, 'tokens:manage'] };
export const ADMIN: Actor = { kind: 'operator', id: 'admin-key', scopes: [...API_SCOPES, 'admin'] };
/** What the server does of its own accord. */
export const SYSTEM: Actor = { kind: 'operator', id: 'system', scopes: [...API_SCOPES, 'admin'] };

/** @throws DomainError forbidden `auth.operator_only` */
export function requireOperator(actor: Actor): void {
  if (actor.kind !== 'operator')
    throw new DomainError('forbidden', 'auth.operator_only', 'Only the operator may do this.');
}

/** @throws DomainError forbidden `auth.scope_missing` */
export function requireScope(actor: Actor, scope: Scope): void {
  if (!hasScope(actor, scope))
    throw new DomainError('forbidden', 'auth.scope_missing', 'This credential lacks the required scope.', { scope });
}

export const hasScope = (actor: Actor, scope: Scope): boolean => actor.scopes.includes(scope);

/** Whether `actor` may act as the user `userId`. */
export const mayActAs = (actor: Actor, userId: string): boolean => actor.kind === 'operator' || actor.id === userId;
