import { Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import { PlatformActor } from '../../../../protocols/platform/platform-actor.decorator.js';
import { PlatformController } from '../../../../protocols/platform/platform-controller.decorator.js';
import { AnswersEmpty } from '../../../../protocols/platform/platform-empty-answer.js';
import { PlatformParam } from '../../../../protocols/platform/platform-openapi.js';
import type { Actor } from '../../actor.js';
import { ApiTokensService } from '../../api-tokens.service.js';
import { PlatformApiTokenListDto, PlatformNewApiTokenDto } from './api-tokens.platform.dto.js';
import { toApiToken, toNewApiToken } from './api-tokens.platform.mapper.js';

@PlatformController('applications/api_tokens', 'API tokens')
export class ApiTokensPlatformController {
  constructor(private readonly tokens: ApiTokensService) {}

  /**
   * Make a secondary API token
   *
   * @remarks It is as good as the master token, except that it makes no tokens; and it can be revoked. It is shown this once only.
   */
  @Post()
  @HttpCode(200)
  async create(@PlatformActor() actor: Actor): Promise<PlatformNewApiTokenDto> {
    return toNewApiToken(await this.tokens.create(actor));
  }

  /**
   * List secondary API tokens
   *
   * @remarks Their ids, oldest first. The tokens themselves are not kept.
   */
  @Get()
  async list(@PlatformActor() actor: Actor): Promise<PlatformApiTokenListDto> {
    return { api_tokens: (await this.tokens.list(actor)).map(toApiToken) };
  }

  /**
   * Revoke a secondary API token
   *
   * @remarks It is refused everywhere within a second.
   */
  @Delete(':api_token')
  @AnswersEmpty()
  @PlatformParam('api_token', 'The id of the token, or the token itself.', '01jd8zq3v5m6n7p8q9r0s1t2v3')
  revoke(@PlatformActor() actor: Actor, @Param('api_token') idOrToken: string): Promise<void> {
    return this.tokens.revoke(actor, idOrToken);
  }
}
