import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { FailureThrottle } from '../../core/throttle/failure-throttle.js';
import { ADMIN_ACTOR, ServiceKeysService } from '../../modules/auth/index.js';
import { adminKeyInvalid, adminKeyRequired } from './client.errors.js';
import type { ClientRequest } from './client-request.js';

/** Authenticates the admin by `Authorization: <ADMIN_SECRET_KEY>`. Throttles addresses that send invalid keys. */
@Injectable()
export class AdminKeyGuard implements CanActivate {
  constructor(
    private readonly keys: ServiceKeysService,
    private readonly throttle: FailureThrottle,
  ) {}

  async canActivate(context: ExecutionContext): Promise<true> {
    const request = context.switchToHttp().getRequest<ClientRequest>();
    const key = request.headers.authorization;
    if (!key) throw adminKeyRequired();
    if (!this.keys.isAdminKey(key)) {
      await this.throttle.fail(request.ip);
      throw adminKeyInvalid();
    }
    request.actor = ADMIN_ACTOR;
    return true;
  }
}
