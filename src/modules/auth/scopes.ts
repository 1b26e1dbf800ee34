/**
 * What a secondary token of the Platform API may be allowed. `write` includes `read` of the same kind.
 *
 * - `bots:token`: to see `bot_token`, and to set the callback URLs that it is sent to
 * - `users:token`: to issue and see tokens by which the caller can act as a person
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

/** What an operator's credential allows. `tokens:manage` belongs to the master token alone, `admin` to the admin key. */
export type Scope = ApiScope | 'tokens:manage' | 'admin';

/** In the order of `API_SCOPES`, each once, with what they include. */
export const withIncluded = (scopes: readonly ApiScope[]): ApiScope[] =>
  API_SCOPES.filter(
    (scope) => scopes.includes(scope) || scopes.includes(scope.replace(/:read$/, ':write') as ApiScope),
  );
