import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { IsBoolean, IsOptional, IsString } from 'class-validator';
import { toOutageError } from '../../../../../core/database/outage.js';
import { DomainError } from '../../../../../core/errors/domain.error.js';
import { BotAccessTokensService } from '../../../../auth/index.js';
import { CONNECTOR_CODE, ConnectorError } from '../../../../../protocols/connector/connector-codes.js';
import { ConnectorIds } from '../../../../../protocols/connector/connector-ids.js';
import type { ConnectorResponse } from '../../../../../protocols/connector/connector-methods.js';
import { readPayload } from '../../../../../protocols/connector/connector-payload.js';
import type { ConnectorSession } from './connector-session.js';
import { ConnectorSessions } from './connector-sessions.js';
import { PubSub } from '../../../../../core/pubsub/pubsub.js';
import { CLOSE_CODES } from './connector-frames.js';

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
  'bot_access_token.invalid': CONNECTOR_CODE.invalidCredentials,
  'bot_access_token.suspended': CONNECTOR_CODE.userDisabled,
  'bot_access_token.expired': CONNECTOR_CODE.credentialsExpired,
  'connector.too_many_sessions': CONNECTOR_CODE.accessDenied,
};

/** Authenticates sessions. Sockets are refused here only: clients treat an error in any other place as a lost connection. */
@Injectable()
export class ConnectorAuth {
  private readonly logger = new Logger(ConnectorAuth.name);

  constructor(
    private readonly accessTokens: BotAccessTokensService,
    private readonly sessions: ConnectorSessions,
    private readonly ids: ConnectorIds,
  ) {}

  /** @returns undefined while the token cannot be checked. An error would stop the bot; without a response the client reconnects later. */
  async authenticate(session: ConnectorSession, payload: unknown): Promise<ConnectorResponse | undefined> {
    try {
      return await this.verify(session, readPayload(ConnectorAuthDto, payload) as ConnectorAuthDto);
    } catch (error) {
      if (error instanceof ConnectorError) return { errorCode: error.errorCode, errorDescription: error.message };
      if (error instanceof DomainError && error.code in CODES)
        return { errorCode: CODES[error.code], errorDescription: error.message };
      if (toOutageError(error) === error)
        this.logger.error(`Authentication failed: ${(error as Error).message}`, (error as Error).stack);
      return undefined;
    }
  }

  private async verify(session: ConnectorSession, request: ConnectorAuthDto): Promise<ConnectorResponse> {
    const { token, tokenType = 'JWT', receiveUnread = false, receiveSystemMessageEnvelopes = false } = request;
    if (tokenType !== 'JWT') throw new ConnectorError(CONNECTOR_CODE.unsupportedCredentials, 'tokenType must be JWT.');
    const claims = await this.accessTokens.verify(token);
    const { botId } = claims;
    if (session.identity && session.identity.actor.id !== botId)
      throw new ConnectorError(
        CONNECTOR_CODE.invalidCredentials,
        'This socket is already authenticated as another bot.',
      );
    if (!session.identity) await this.sessions.acquireSlot(botId, session);
    if (!session.identity && !session.isClosed) {
      session.identify({
        actor: { kind: 'bot', id: botId, scopes: [] },
        claims,
        receivesUnread: receiveUnread,
        receivesSystemMessages: receiveSystemMessageEnvelopes,
      });
      this.sessions.add(botId, session);
      // After the response: the request queue sends it in this turn of the event loop.
      setImmediate(() => !session.isClosed && this.sessions.notifyOpened(session));
    }
    return { userId: this.ids.userId(botId), connectionId: session.connectionId };
  }
}

/** Interval of the check that covers lost revocation notifications. */
const CHECK_INTERVAL_MS = 60_000;

/** Closes sessions whose token is no longer valid. */
@Injectable()
export class SessionValidator implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger(SessionValidator.name);
  private readonly unsubscribes = new Map<string, () => void>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly sessions: ConnectorSessions,
    private readonly accessTokens: BotAccessTokensService,
    private readonly pubsub: PubSub,
  ) {}

  onModuleInit(): void {
    this.sessions.onOpened((session) => this.subscribe(session));
    this.timer = setInterval(() => {
      for (const botId of this.sessions.botIds) void this.check(botId);
    }, CHECK_INTERVAL_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
    for (const unsubscribe of this.unsubscribes.values()) unsubscribe();
  }

  private subscribe(session: ConnectorSession): void {
    const botId = session.identity!.actor.id;
    if (!this.unsubscribes.has(botId))
      this.unsubscribes.set(
        botId,
        this.pubsub.subscribe(this.accessTokens.topicOf(botId), () => void this.check(botId)),
      );
    session.onClosed(() => {
      if (this.sessions.ofBot(botId).size > 0) return;
      this.unsubscribes.get(botId)?.();
      this.unsubscribes.delete(botId);
    });
  }

  private async check(botId: string): Promise<void> {
    try {
      const states = new Map<string, Promise<string>>(); // sessions of one bot usually share one token
      for (const session of [...this.sessions.ofBot(botId)]) {
        const { claims } = session.identity!;
        const key = claims.tokenHash.toString('hex');
        if (!states.has(key)) states.set(key, this.accessTokens.stateOf(claims));
        if ((await states.get(key)) !== 'valid') session.close(CLOSE_CODES.revoked);
      }
    } catch (error) {
      this.logger.warn(`Token check of bot ${botId} failed: ${(error as Error).message}`);
    }
  }
}
