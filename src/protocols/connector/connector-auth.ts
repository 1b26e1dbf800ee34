import { Injectable, Logger } from '@nestjs/common';
import { IsBoolean, IsOptional, IsString } from 'class-validator';
import { tellOutage } from '../../core/database/outage.js';
import { DomainError } from '../../core/errors/domain.error.js';
import { BotPassesService } from '../../modules/auth/index.js';
import { CONNECTOR_CODE, ConnectorError } from './connector-codes.js';
import { ConnectorIds } from './connector-ids.js';
import type { ConnectorAnswer } from './connector-methods.js';
import { readPayload } from './connector-payload.js';
import type { ConnectorSession } from './connector-session.js';
import { ConnectorSessions } from './connector-sessions.js';

/** Payload of `auth`, the first request of a socket. */
class ConnectorAuthDto {
  @IsString()
  token: string;

  @IsString()
  @IsOptional()
  tokenType?: string;

  @IsBoolean()
  @IsOptional()
  receiveUnread?: boolean;

  @IsBoolean()
  @IsOptional()
  receiveSystemMessageEnvelopes?: boolean;
}

const CODES: Readonly<Record<string, number>> = {
  'bot_pass.invalid': CONNECTOR_CODE.invalidCredentials,
  'bot_pass.suspended': CONNECTOR_CODE.userDisabled,
  'bot_pass.expired': CONNECTOR_CODE.credentialsExpired,
  'connector.too_many_sessions': CONNECTOR_CODE.accessDenied,
};

/** Authenticates sessions. Sockets are refused here only: clients treat an error in any other place as a lost connection. */
@Injectable()
export class ConnectorAuth {
  private readonly logger = new Logger(ConnectorAuth.name);

  constructor(
    private readonly accessTokens: BotPassesService,
    private readonly sessions: ConnectorSessions,
    private readonly ids: ConnectorIds,
  ) {}

  /** @returns undefined while the token cannot be checked. An error would stop the bot; without a response the client reconnects later. */
  async authenticate(session: ConnectorSession, payload: unknown): Promise<ConnectorAnswer | undefined> {
    try {
      return await this.verify(session, readPayload(ConnectorAuthDto, payload) as ConnectorAuthDto);
    } catch (error) {
      if (error instanceof ConnectorError) return { errorCode: error.errorCode, errorDescription: error.message };
      if (error instanceof DomainError && error.code in CODES)
        return { errorCode: CODES[error.code], errorDescription: error.message };
      if (tellOutage(error) === error)
        this.logger.error(`Authentication failed: ${(error as Error).message}`, (error as Error).stack);
      return undefined;
    }
  }

  private async verify(session: ConnectorSession, request: ConnectorAuthDto): Promise<ConnectorAnswer> {
    const { token, tokenType = 'JWT', receiveUnread = false, receiveSystemMessageEnvelopes = false } = request;
    if (tokenType !== 'JWT') throw new ConnectorError(CONNECTOR_CODE.unsupportedCredentials, 'tokenType must be JWT.');
    const claims = await this.accessTokens.verify(token);
    const { botId } = claims;
    if (session.identity && session.identity.actor.id !== botId)
      throw new ConnectorError(
        CONNECTOR_CODE.invalidCredentials,
        'This socket is already authenticated as another bot.',
      );
    if (!session.identity) await this.sessions.takeSeat(botId, session);
    if (!session.identity && !session.isOver) {
      session.identify({
        actor: { kind: 'bot', id: botId, scopes: [] },
        claims,
        receivesUnread: receiveUnread,
        receivesSystemMessages: receiveSystemMessageEnvelopes,
      });
      this.sessions.add(botId, session);
      // After the response: the request queue sends it in this turn of the event loop.
      setImmediate(() => !session.isOver && this.sessions.announce(session));
    }
    return { userId: this.ids.userId(botId), connectionId: session.connectionId };
  }
}
