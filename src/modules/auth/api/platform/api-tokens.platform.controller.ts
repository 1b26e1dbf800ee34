import { Body, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import { PlatformActor } from '../../../../protocols/platform/platform-actor.decorator.js';
import { PlatformController } from '../../../../protocols/platform/platform-controller.decorator.js';
import { EmptyResponse } from '../../../../protocols/platform/platform-empty-response.decorator.js';
import { PlatformBody, PlatformParam } from '../../../../protocols/platform/platform-openapi.js';
import { PlatformScope } from '../../../../protocols/platform/platform-scope.decorator.js';
import type { Actor } from '../../actor.js';
import { ApiTokensService } from '../../api-tokens.service.js';
import {
  PlatformApiTokenListDto,
  PlatformCreateApiTokenDto,
  PlatformNewApiTokenDto,
} from './api-tokens.platform.dto.js';
import { toApiToken, toApiTokenLimits, toNewApiToken } from './api-tokens.platform.mapper.js';

const NEW_API_TOKENS = {
  'Read bots and send messages': { scopes: ['bots:read', 'messages:write'] },
  'All scopes': {},
} satisfies Record<string, PlatformCreateApiTokenDto>;

@PlatformController('applications/api_tokens', 'API tokens')
export class ApiTokensPlatformController {
  constructor(private readonly tokens: ApiTokensService) {}

  /**
   * Create an API token
   *
   * @remarks Creates a secondary token that is limited to its `scopes` and valid until it expires or is revoked. It cannot create tokens.
   * The token is returned only once.
   */
  @Post()
  @PlatformScope('tokens:manage')
  @HttpCode(200)
  @PlatformBody(PlatformCreateApiTokenDto, NEW_API_TOKENS)
  async createApiToken(
    @PlatformActor() actor: Actor,
    @Body() body: PlatformCreateApiTokenDto,
  ): Promise<PlatformNewApiTokenDto> {
    return toNewApiToken(await this.tokens.create(actor, toApiTokenLimits(body)));
  }

  /**
   * List API tokens
   *
   * @remarks Lists the ids and scopes of secondary tokens, oldest first, including expired ones. The tokens themselves are not stored.
   */
  @Get()
  @PlatformScope('tokens:manage')
  async listApiTokens(@PlatformActor() actor: Actor): Promise<PlatformApiTokenListDto> {
    return { api_tokens: (await this.tokens.list(actor)).map(toApiToken) };
  }

  /**
   * Revoke an API token
   *
   * @remarks All processes reject the token within a second.
   */
  @Delete(':api_token')
  @PlatformScope('tokens:manage')
  @EmptyResponse()
  @PlatformParam('api_token', 'The id of the token, or the token itself.', '01jd8zq3v5m6n7p8q9r0s1t2v3')
  revokeApiToken(@PlatformActor() actor: Actor, @Param('api_token') idOrToken: string): Promise<void> {
    return this.tokens.revoke(actor, idOrToken);
  }
}
