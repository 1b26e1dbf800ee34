import { Body, Controller, Header, HttpCode, Post, Req, UseFilters } from '@nestjs/common';
import { ApiConsumes, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Request } from 'express';
import { BotEndpointsService } from '../../../bots/index.js';
import { FailureThrottle } from '../../../../core/throttle/failure-throttle.js';
import { ConnectorIds } from '../../../../protocols/connector/connector-ids.js';
import { BotPassesService } from '../../bot-passes.service.js';
import { ConnectorOAuthErrorDto, ConnectorTokenDto, ConnectorTokenRequestDto } from './oauth.connector.dto.js';
import { OAuthConnectorFilter } from './oauth.connector.filter.js';
import { toConnectorToken } from './oauth.connector.mapper.js';
import { TokenRequestPipe } from './token-request.pipe.js';

@Controller('bridge/api/client/v1/oauth/token')
@UseFilters(new OAuthConnectorFilter())
@ApiTags('Token')
export class OAuthConnectorController {
  constructor(
    private readonly passes: BotPassesService,
    private readonly endpoints: BotEndpointsService,
    private readonly ids: ConnectorIds,
    private readonly throttle: FailureThrottle,
  ) {}

  /** Gives a bot the token for its sockets, for a month. From the first one on, what is said to the bot is kept for them. */
  @Post()
  @HttpCode(201)
  @Header('cache-control', 'no-store')
  @ApiConsumes('application/json', 'application/x-www-form-urlencoded')
  @ApiResponse({
    status: 400,
    type: ConnectorOAuthErrorDto,
    description: 'A parameter is missing, or the grant is not served.',
  })
  @ApiResponse({
    status: 401,
    type: ConnectorOAuthErrorDto,
    description: 'The bot is unknown or disabled, or the password is wrong.',
  })
  @ApiResponse({
    status: 429,
    type: ConnectorOAuthErrorDto,
    description: 'Too many wrong passwords came from this address.',
  })
  async issue(
    @Body(new TokenRequestPipe()) body: ConnectorTokenRequestDto,
    @Req() request: Request,
  ): Promise<ConnectorTokenDto> {
    const botId = this.ids.parse(body.username);
    const pass = await this.passes.issue(botId, body.password).catch((error: unknown) => {
      this.throttle.fail(request.ip ?? '');
      throw error;
    });
    await this.endpoints.ensure(botId, 'connector');
    return toConnectorToken(pass);
  }
}
