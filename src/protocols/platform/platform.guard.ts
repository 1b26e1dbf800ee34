import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Response } from 'express';
import { DomainError } from '../../core/errors/domain.error.js';
import { FailureThrottle } from '../../core/throttle/failure-throttle.js';
import {
  type Actor,
  ApiTokensService,
  OPERATOR,
  OperatorKeysService,
  requireScope,
  type Scope,
} from '../../modules/auth/index.js';
import type { PlatformRequest } from './platform-actor.decorator.js';
import { PlatformRateLimit } from './platform-rate-limit.js';
import { PLATFORM_SCOPE } from './platform-scope.decorator.js';

/**
 * Admits requests with an API token that has the scope of the route, in the header `Api-Token` and nowhere else, and not more often than
 * the rate limit allows. An address that sends wrong tokens soon has to wait.
 */
@Injectable()
export class PlatformGuard implements CanActivate {
  constructor(
    private readonly keys: OperatorKeysService,
    private readonly tokens: ApiTokensService,
    private readonly rateLimit: PlatformRateLimit,
    private readonly throttle: FailureThrottle,
    private readonly reflector: Reflector,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<PlatformRequest>();
    const token = request.headers['api-token'];
    const letIn = (actor: Actor): boolean => {
      request.actor = actor;
      this.rateLimit.take(actor.id, http.getResponse<Response>());
      // No actor has the scope undefined: a route that declares none is closed.
      requireScope(actor, this.reflector.get<Scope>(PLATFORM_SCOPE, context.getHandler()));
      return true;
    };
    if (typeof token !== 'string') return this.refuse(request);
    if (this.keys.isApiToken(token)) return letIn(OPERATOR);
    return this.secondary(token, request).then(letIn);
  }

  private async secondary(token: string, request: PlatformRequest): Promise<Actor> {
    const actor = await this.tokens.actorOf(token);
    return actor ?? this.refuse(request);
  }

  /** @throws DomainError unauthenticated; rate_limited when the address was refused too often */
  private async refuse({ ip }: PlatformRequest): Promise<never> {
    await this.throttle.fail(ip);
    throw new DomainError('unauthenticated', 'auth.api_token_invalid', 'The API token is missing or wrong.');
  }
}
