import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { CLOSE } from '../../../../protocols/connector/connector-close.js';
import type { ConnectorSession } from '../../../../protocols/connector/connector-session.js';
import { ConnectorSessions } from '../../../../protocols/connector/connector-sessions.js';
import { BotEndpointsService } from '../../../bots/index.js';
import { SocketLink } from '../../connector/socket-link.js';
import { SocketPresence } from '../../connector/socket-presence.js';
import { WaitingSubscriptions } from '../../connector/waiting-subscriptions.js';
import { MissedMessagesReplay } from './missed-messages-replay.connector.js';

/**
 * Initializes a session until it receives the bot's events.
 *
 *   slot acquired, in `auth` ─► opened ─► (receiveUnread: missed messages, oldest first)
 *     ─► active: no more messages are missed ─► messages missed meanwhile ─► held events are released
 *
 * Events are held until the replay of missed messages ends, so the order of each chat holds.
 */
@Injectable()
export class SessionOpener implements OnModuleInit {
  private readonly logger = new Logger(SessionOpener.name);

  constructor(
    private readonly sessions: ConnectorSessions,
    private readonly endpoints: BotEndpointsService,
    private readonly presence: SocketPresence,
    private readonly missed: MissedMessagesReplay,
    private readonly link: SocketLink,
    private readonly waiting: WaitingSubscriptions,
  ) {}

  onModuleInit(): void {
    this.sessions.seatBy((botId, session, limit) => this.acquireSlot(botId, session, limit));
    this.sessions.whenOpened((session) => void this.initialize(session));
    this.presence.whenRevived(() => this.replayMissed());
  }

  private async acquireSlot(botId: string, session: ConnectorSession, limit: number): Promise<boolean> {
    const isAcquired = await this.presence.seat(botId, session.connectionId, limit);
    if (isAcquired) session.whenOver(() => void this.presence.remove(session.connectionId));
    return isAcquired;
  }

  private async initialize(session: ConnectorSession): Promise<void> {
    const { connectionId, identity } = session;
    const { actor, receivesUnread } = identity!;
    session.whenOver(() => this.unsubscribeIfLast(actor.id));
    try {
      const { id: endpointId } = await this.endpoints.ensure(actor.id, 'connector');
      if (receivesUnread) await this.missed.replay(session, endpointId);
      if (session.isOver) return;
      await this.presence.hear(endpointId, actor.id, connectionId);
      // The row may have been written after its removal.
      if (session.isOver) return await this.presence.remove(connectionId);
      this.link.listen(actor.id);
      await this.waiting.wakeAll(endpointId);
      if (receivesUnread) await this.missed.replay(session, endpointId);
    } catch (error) {
      // An inactive session receives no events. The client reconnects.
      this.logger.error(
        `Session initialization failed for bot ${actor.id}: ${(error as Error).message}`,
        (error as Error).stack,
      );
      return session.close(CLOSE.fault);
    }
    session.outbox.openGate();
  }

  private unsubscribeIfLast(botId: string): void {
    if (this.sessions.of(botId).size === 0) this.link.ignore(botId);
  }

  /** Replays messages that were missed while this process counted as dead. */
  private replayMissed(): void {
    for (const botId of this.sessions.botIds) {
      const [session] = this.sessions.of(botId);
      void this.endpoints
        .ensure(botId, 'connector')
        .then(({ id }) => this.missed.replay(session, id))
        .catch((error: Error) => this.logger.warn(error.message));
    }
  }
}
