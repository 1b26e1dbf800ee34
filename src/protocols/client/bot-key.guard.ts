import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { BotTokensService } from '../../modules/auth/index.js';
import type { ClientRequest } from './client-request.js';
import { botKeyInvalid, botKeyRequired } from './client.errors.js';

/** Lets in bots with their key, `Authorization: <botId>:<token>`. Ids may hold colons, tokens do not. */
@Injectable()
export class BotKeyGuard implements CanActivate {
  constructor(private readonly tokens: BotTokensService) {}

  async canActivate(context: ExecutionContext): Promise<true> {
    const request = context.switchToHttp().getRequest<ClientRequest>();
    const key = request.headers.authorization;
    if (!key) throw botKeyRequired();
    const colon = key.lastIndexOf(':');
    if (colon < 0) throw botKeyInvalid();
    const [id, token] = [key.slice(0, colon), key.slice(colon + 1)];
    if (!(await this.tokens.isValid(id, token))) throw botKeyInvalid();
    request.isStillAllowed = () => this.tokens.isValidNow(id, token);
    request.actor = { kind: 'bot', id, scopes: [] };
    return true;
  }
}
