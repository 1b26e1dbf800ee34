import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { DomainError } from '../../core/errors/domain.error.js';
import { FailureThrottle } from '../../core/throttle/failure-throttle.js';
import { BotTokensService } from '../../modules/auth/index.js';
import { botKeyInvalid, botKeyRequired } from './client.errors.js';
import type { ClientRequest } from './client-request.js';

/**
 * Authenticates bots by `Authorization: <botId>:<token>`. Ids can contain colons, tokens cannot. Throttles addresses that send
 * invalid keys.
 */
@Injectable()
export class BotKeyGuard implements CanActivate {
  constructor(
    private readonly tokens: BotTokensService,
    private readonly throttle: FailureThrottle,
  ) {}

  async canActivate(context: ExecutionContext): Promise<true> {
    const request = context.switchToHttp().getRequest<ClientRequest>();
    const key = request.headers.authorization;
    if (!key) throw botKeyRequired();
    const colon = key.lastIndexOf(':');
    if (colon < 0) throw await this.reject(request);
    const [id, token] = [key.slice(0, colon), key.slice(colon + 1)];
    if (!(await this.tokens.isValid(id, token))) throw await this.reject(request);
    request.isStillAuthorized = () => this.tokens.isValidUncached(id, token);
    request.actor = { kind: 'bot', id, scopes: [] };
    return true;
  }

  /** @throws DomainError rate_limited after too many failures of the address */
  private async reject({ ip }: ClientRequest): Promise<DomainError> {
    await this.throttle.fail(ip);
    return botKeyInvalid();
  }
}
