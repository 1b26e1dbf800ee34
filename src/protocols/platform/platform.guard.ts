import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { DomainError } from '../../core/errors/domain.error.js';
import { FailureThrottle } from '../../core/throttle/failure-throttle.js';
import { type Actor, ApiTokensService, OPERATOR, OperatorKeysService } from '../../modules/auth/index.js';
import type { PlatformRequest } from './platform-actor.decorator.js';
import { PlatformRateLimit } from './platform-rate-limit.js';

/**
 * Lets in whoever has an API token, in the header `Api-Token` and nowhere else: they are the operator. And not more often than the
 * rate limit allows. Who sends wrong tokens is soon told to wait.
 */
@Injectable()
export class PlatformGuard implements CanActivate {
  constructor(
    private readonly keys: OperatorKeysService,
    private readonly tokens: ApiTokensService,
    private readonly rateLimit: PlatformRateLimit,
    private readonly throttle: FailureThrottle,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<PlatformRequest>();
    const token = request.headers['api-token'];
    const letIn = (actor: Actor): boolean => {
      request.actor = actor;
      this.rateLimit.take(actor.id, http.getResponse<Response>());
      return true;
    };
    if (typeof token !== 'string') throw this.refusal(request);
    if (this.keys.isApiToken(token)) return letIn(OPERATOR);
    return this.secondary(token, request).then(letIn);
  }

  private async secondary(token: string, request: PlatformRequest): Promise<Actor> {
    const id = await this.tokens.idOf(token);
    if (id === undefined) throw this.refusal(request);
    return { kind: 'operator', id, scopes: ['platform'] };
  }

  /** @throws DomainError rate_limited when the address was refused too often */
  private refusal({ ip = '' }: PlatformRequest): DomainError {
    this.throttle.fail(ip);
    return new DomainError('unauthenticated', 'auth.api_token_invalid', 'The API token is missing or wrong.');
  }
}
