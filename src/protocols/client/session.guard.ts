import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { Settings } from '../../core/config/settings.js';
import { foreignPage, OriginPolicy } from '../../core/http/foreign-origin.js';
import type { ClientRequest } from './client-request.js';
import { SessionCookie } from './session-cookie.js';

/**
 * Authenticates users by session cookie and renews the session, also for a request that fails later.
 *
 * - 401 `session.invalid`: the cookie is missing, forged, revoked or expired, or its user is deactivated or deleted
 * - 403 `csrf_failed`: the cookie is valid, but a page of another site has sent the request
 */
@Injectable()
export class SessionGuard implements CanActivate {
  private readonly origins: OriginPolicy;

  constructor(
    private readonly cookie: SessionCookie,
    settings: Settings,
  ) {
    this.origins = new OriginPolicy(settings);
  }

  async canActivate(context: ExecutionContext): Promise<true> {
    const http = context.switchToHttp();
    const request = http.getRequest<ClientRequest>();
    const session = await this.cookie.read(request);
    if (this.origins.isForeignChange(request)) throw foreignPage();
    request.actor = { kind: 'user', id: session.id, scopes: [] };
    request.isStillAuthorized = () => this.cookie.isValid(request);
    this.cookie.renew(http.getResponse<Response>(), session);
    return true;
  }
}
