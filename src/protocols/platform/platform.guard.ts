import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Response } from 'express';
import { FailureThrottle } from '../../core/throttle/failure-throttle.js';
import {
  type Actor,
  ApiTokensService,
  API_TOKEN_ACTOR,
  ServiceKeysService,
  requireScope,
  type Scope,
} from '../../modules/auth/index.js';
import type { PlatformRequest } from './platform-actor.decorator.js';
import { PlatformRateLimit } from './platform-rate-limit.js';
import { PLATFORM_SCOPE } from './platform-scope.decorator.js';
import { apiTokenInvalid } from './platform.errors.js';

/**
 * Authenticates requests by the header `Api-Token`, and checks the scope of the route and the rate limit. Throttles addresses that
 * send invalid tokens.
 */
@Injectable()
export class PlatformGuard implements CanActivate {
  constructor(
    private readonly keys: ServiceKeysService,
    private readonly tokens: ApiTokensService,
    private readonly rateLimit: PlatformRateLimit,
    private readonly throttle: FailureThrottle,
    private readonly reflector: Reflector,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<PlatformRequest>();
    const token = request.headers['api-token'];
    const admit = (actor: Actor): boolean => {
      request.actor = actor;
      this.rateLimit.take(actor.id, http.getResponse<Response>());
      // No actor has the scope `undefined`, so a route without a scope rejects all requests.
      requireScope(actor, this.reflector.get<Scope>(PLATFORM_SCOPE, context.getHandler()));
      return true;
    };
    if (typeof token !== 'string') return this.reject(request);
    if (this.keys.isApiToken(token)) return admit(API_TOKEN_ACTOR);
    return this.secondary(token, request).then(admit);
  }

  private async secondary(token: string, request: PlatformRequest): Promise<Actor> {
    const actor = await this.tokens.actorOf(token);
    return actor ?? this.reject(request);
  }

  /** @throws DomainError unauthenticated; rate_limited after too many failures of the address */
  private async reject({ ip }: PlatformRequest): Promise<never> {
    await this.throttle.fail(ip);
    throw apiTokenInvalid();
  }
}
