import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { FailureThrottle } from '../../core/throttle/failure-throttle.js';
import { ADMIN, OperatorKeysService } from '../../modules/auth/index.js';
import type { ClientRequest } from './client-request.js';
import { adminKeyInvalid, adminKeyRequired } from './client.errors.js';

/** Lets in whoever runs the server, `Authorization: <ADMIN_SECRET_KEY>`. Who sends wrong keys is soon told to wait. */
@Injectable()
export class AdminKeyGuard implements CanActivate {
  constructor(
    private readonly keys: OperatorKeysService,
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
    request.actor = ADMIN;
    return true;
  }
}
