import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { DomainError } from '../../core/errors/domain.error.js';
import { type Actor, ApiTokensService, OPERATOR, OperatorKeysService } from '../../modules/auth/index.js';
import type { PlatformRequest } from './platform-actor.decorator.js';
import { PlatformRateLimit } from './platform-rate-limit.js';

/**
 * Lets in whoever has an API token, in the header `Api-Token` and nowhere else: they are the operator. And not more often than the
 * rate limit allows.
 */
@Injectable()
export class PlatformGuard implements CanActivate {
  constructor(
    private readonly keys: OperatorKeysService,
    private readonly tokens: ApiTokensService,
    private readonly rateLimit: PlatformRateLimit,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<PlatformRequest>();
    const token = request.headers['api-token'];
    if (typeof token !== 'string') throw invalidToken();
    const letIn = (actor: Actor): boolean => {
      request.actor = actor;
      this.rateLimit.take(actor.id, http.getResponse<Response>());
      return true;
    };
    if (this.keys.isApiToken(token)) return letIn(OPERATOR);
    return this.secondary(token).then(letIn);
  }

  private async secondary(token: string): Promise<Actor> {
    const id = await this.tokens.idOf(token);
    if (id === undefined) throw invalidToken();
    return { kind: 'operator', id, scopes: ['platform'] };
  }
}

const invalidToken = () =>
  new DomainError('unauthenticated', 'auth.api_token_invalid', 'The API token is missing or wrong.');
