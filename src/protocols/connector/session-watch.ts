import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { LiveBus } from '../../core/live/live-bus.js';
import { BotPassesService } from '../../modules/auth/index.js';
import { CLOSE } from './connector-close.js';
import type { ConnectorSession } from './connector-session.js';
import { ConnectorSessions } from './connector-sessions.js';

/** Interval of the check that covers lost revocation notifications. */
const CHECK_INTERVAL_MS = 60_000;

/** Closes sessions whose token is no longer valid. */
@Injectable()
export class SessionWatch implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger(SessionWatch.name);
  private readonly unsubscribes = new Map<string, () => void>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly sessions: ConnectorSessions,
    private readonly accessTokens: BotPassesService,
    private readonly live: LiveBus,
  ) {}

  onModuleInit(): void {
    this.sessions.whenOpened((session) => this.subscribe(session));
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
        this.live.subscribe(this.accessTokens.topicOf(botId), () => void this.check(botId)),
      );
    session.whenOver(() => {
      if (this.sessions.of(botId).size > 0) return;
      this.unsubscribes.get(botId)?.();
      this.unsubscribes.delete(botId);
    });
  }

  private async check(botId: string): Promise<void> {
    try {
      const states = new Map<string, Promise<string>>(); // sessions of one bot usually share one token
      for (const session of [...this.sessions.of(botId)]) {
        const { claims } = session.identity!;
        const key = claims.tokenHash.toString('hex');
        if (!states.has(key)) states.set(key, this.accessTokens.stateOf(claims));
        if ((await states.get(key)) !== 'valid') session.close(CLOSE.revoked);
      }
    } catch (error) {
      this.logger.warn(`Token check of bot ${botId} failed: ${(error as Error).message}`);
    }
  }
}
