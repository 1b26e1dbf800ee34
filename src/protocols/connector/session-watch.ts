import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { LiveBus } from '../../core/live/live-bus.js';
import { BotPassesService } from '../../modules/auth/index.js';
import { CLOSE } from './connector-close.js';
import type { ConnectorSession } from './connector-session.js';
import { ConnectorSessions } from './connector-sessions.js';

/** Hints of a revoked token may be lost; then a session lives so much longer. */
const LOOK_MS = 60_000;

/** Ends sessions whose token is good no more. */
@Injectable()
export class SessionWatch implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger(SessionWatch.name);
  private readonly unsubscribes = new Map<string, () => void>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly sessions: ConnectorSessions,
    private readonly passes: BotPassesService,
    private readonly live: LiveBus,
  ) {}

  onModuleInit(): void {
    this.sessions.whenOpened((session) => this.watch(session));
    this.timer = setInterval(() => {
      for (const botId of this.sessions.botIds) void this.look(botId);
    }, LOOK_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
    for (const unsubscribe of this.unsubscribes.values()) unsubscribe();
  }

  private watch(session: ConnectorSession): void {
    const botId = session.identity!.actor.id;
    if (!this.unsubscribes.has(botId))
      this.unsubscribes.set(
        botId,
        this.live.subscribe(this.passes.topicOf(botId), () => void this.look(botId)),
      );
    session.whenOver(() => {
      if (this.sessions.of(botId).size > 0) return;
      this.unsubscribes.get(botId)?.();
      this.unsubscribes.delete(botId);
    });
  }

  private async look(botId: string): Promise<void> {
    try {
      const states = new Map<string, Promise<string>>(); // sessions of one bot mostly have one token
      for (const session of [...this.sessions.of(botId)]) {
        const { claims } = session.identity!;
        const key = claims.tokenHash.toString('hex');
        if (!states.has(key)) states.set(key, this.passes.stateOf(claims));
        if ((await states.get(key)) !== 'valid') session.close(CLOSE.revoked);
      }
    } catch (error) {
      this.logger.warn(`The sessions of ${botId} could not be looked at: ${(error as Error).message}`);
    }
  }
}
