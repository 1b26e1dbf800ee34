import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { DomainError } from '../../core/errors/domain.error.js';
import { OPERATOR, OperatorKeysService } from '../../modules/auth/index.js';
import type { PlatformRequest } from './platform-actor.decorator.js';

/** Lets in whoever has the API token, in the header `Api-Token` and nowhere else: they are the operator. */
@Injectable()
export class PlatformGuard implements CanActivate {
  constructor(private readonly keys: OperatorKeysService) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<PlatformRequest>();
    const token = request.headers['api-token'];
    if (typeof token !== 'string' || !this.keys.isApiToken(token)) {
      throw new DomainError('unauthenticated', 'auth.api_token_invalid', 'The API token is missing or wrong.');
    }
    request.actor = OPERATOR;
    return true;
  }
}
