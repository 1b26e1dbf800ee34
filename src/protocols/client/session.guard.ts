import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { Settings } from '../../core/config/settings.js';
import type { ClientRequest } from './client-request.js';
import { foreignOrigin } from './client.errors.js';
import { hostnameOf, isFromForeignSite } from './foreign-origin.js';
import { SessionCookie } from './session-cookie.js';

/**
 * Lets in people with a session, and renews it: also for a request that fails later on.
 *
 * - 401 `session.invalid`: no cookie, or one that is forged or too old
 * - 403 `csrf_failed`: a good cookie, but a page of another site has sent the request
 */
@Injectable()
export class SessionGuard implements CanActivate {
  private readonly ownHostname: string;

  constructor(
    private readonly cookie: SessionCookie,
    settings: Settings,
  ) {
    this.ownHostname = hostnameOf(settings.publicUrl)!;
  }

  canActivate(context: ExecutionContext): true {
    const http = context.switchToHttp();
    const request = http.getRequest<ClientRequest>();
    const claims = this.cookie.read(request);
    if (isFromForeignSite(request, this.ownHostname)) throw foreignOrigin();
    request.actor = { kind: 'person', id: claims.id, scopes: [] };
    request.isStillAllowed = () => this.cookie.isGood(request);
    this.cookie.renew(http.getResponse<Response>(), claims);
    return true;
  }
}
