import { Body, Controller, Header, HttpCode, Post, Req, UseFilters } from '@nestjs/common';
import { ApiConsumes, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Request } from 'express';
import { ConnectorOAuthErrorDto, ConnectorTokenDto, ConnectorTokenRequestDto } from './oauth.connector.dto.js';
import { OAuthConnectorFilter } from './oauth.connector.filter.js';
import { toConnectorToken } from './oauth.connector.mapper.js';
import { ConnectorTokens } from './oauth.connector.tokens.js';
import { TokenRequestPipe } from './token-request.pipe.js';

@Controller('bridge/api/client/v1/oauth/token')
@UseFilters(new OAuthConnectorFilter())
@ApiTags('Token')
export class OAuthConnectorController {
  constructor(private readonly tokens: ConnectorTokens) {}

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
    return toConnectorToken(await this.tokens.issue(body, request.ip ?? ''));
  }
}
