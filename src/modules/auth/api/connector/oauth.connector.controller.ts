import { Body, Controller, Header, HttpCode, Post, Req, UseFilters } from '@nestjs/common';
import { ApiConsumes, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Request } from 'express';
import { ConnectorOAuthErrorDto, ConnectorTokenDto, ConnectorTokenRequestDto } from './oauth.connector.dto.js';
import { OAuthConnectorFilter } from './oauth.connector.filter.js';
import { ConnectorTokens, toConnectorToken, TokenRequestPipe } from './oauth.connector.tokens.js';

@Controller('bridge/api/client/v1/oauth/token')
@UseFilters(new OAuthConnectorFilter())
@ApiTags('Token')
export class OAuthConnectorController {
  constructor(private readonly tokens: ConnectorTokens) {}

  /**
   * Create a socket token
   *
   * @remarks The token authenticates sockets of the bot for 30 days. From the first token on, messages to the bot are kept until a socket
   * acknowledges them.
   */
  @Post()
  @HttpCode(201)
  @Header('cache-control', 'no-store')
  @ApiConsumes('application/json', 'application/x-www-form-urlencoded')
  @ApiResponse({
    status: 400,
    type: ConnectorOAuthErrorDto,
    description: 'A parameter is missing or invalid, or the grant type is not supported.',
  })
  @ApiResponse({
    status: 401,
    type: ConnectorOAuthErrorDto,
    description: 'The bot does not exist or is disabled, or the password is wrong.',
  })
  @ApiResponse({
    status: 429,
    type: ConnectorOAuthErrorDto,
    description: 'Too many failed attempts from this address.',
  })
  async createAccessToken(
    @Body(new TokenRequestPipe()) body: ConnectorTokenRequestDto,
    @Req() request: Request,
  ): Promise<ConnectorTokenDto> {
    return toConnectorToken(await this.tokens.issue(body, request.ip ?? ''));
  }
}
