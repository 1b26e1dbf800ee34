import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { PubSub } from '../../../../../core/pubsub/pubsub.js';
import { BotAccessTokensService } from '../../../../auth/index.js';
import { CLOSE_CODES } from './close-codes.js';
import type { ConnectorSession } from './connector-session.js';
import { ConnectorSessions } from './connector-sessions.js';

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
