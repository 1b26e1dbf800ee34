/**
 * The scopes of secondary tokens of the Platform API. `write` includes `read` of the same kind.
 *
 * - `bots:token`: read `bot_token`, and set the callback URLs that it is sent to
 * - `users:token`: issue and read tokens with which the caller can act as a person
 */
export const API_SCOPES = [
  'users:read',
  'users:write',
  'users:token',
  'bots:read',
  'bots:write',
  'bots:token',
  'channels:read',
  'channels:write',
  'messages:read',
  'messages:write',
] as const;
export type ApiScope = (typeof API_SCOPES)[number];

/** A scope of a service credential. Only the master token has `tokens:manage`, only the admin key `admin`. */
export type Scope = ApiScope | 'tokens:manage' | 'admin';

/** Scopes with those that they include, in the order of `API_SCOPES`. */
export const withIncluded = (scopes: readonly ApiScope[]): ApiScope[] =>
  API_SCOPES.filter(
    (scope) => scopes.includes(scope) || scopes.includes(scope.replace(/:read$/, ':write') as ApiScope),
  );
