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
 * Makes a session one to which the bot's messages go.
 *
 *   seated, in `auth` ─► opened ─► (receiveUnread: what was missed, oldest first, until nothing is left)
 *     ─► registered: from now on nothing is missed ─► what was missed meanwhile ─► gate open: the rest follows
 *
 * What is handed in before the gate is open waits behind what was missed, so the order of each chat holds.
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
    this.sessions.seatBy((botId, session, limit) => this.seat(botId, session, limit));
    this.sessions.whenOpened((session) => void this.open(session));
    this.presence.whenRevived(() => this.catchUp());
  }

  private async seat(botId: string, session: ConnectorSession, limit: number): Promise<boolean> {
    const isSeated = await this.presence.seat(botId, session.connectionId, limit);
    if (isSeated) session.whenOver(() => void this.presence.remove(session.connectionId));
    return isSeated;
  }

  private async open(session: ConnectorSession): Promise<void> {
    const { connectionId, identity } = session;
    const { actor, receivesUnread } = identity!;
    session.whenOver(() => this.ignoreIfGone(actor.id));
    try {
      const { id: endpointId } = await this.endpoints.ensure(actor.id, 'connector');
      if (receivesUnread) await this.missed.replay(session, endpointId);
      if (session.isOver) return;
      await this.presence.hear(endpointId, actor.id, connectionId);
      // It may have been written down after it was struck off.
      if (session.isOver) return await this.presence.remove(connectionId);
      this.link.listen(actor.id);
      await this.waiting.wakeAll(endpointId);
      if (receivesUnread) await this.missed.replay(session, endpointId);
    } catch (error) {
      // Unregistered it would hear nothing. The client comes back, and all begins anew.
      this.logger.error(
        `A session of ${actor.id} could not be opened: ${(error as Error).message}`,
        (error as Error).stack,
      );
      return session.close(CLOSE.fault);
    }
    session.outbox.openGate();
  }

  private ignoreIfGone(botId: string): void {
    if (this.sessions.of(botId).size === 0) this.link.ignore(botId);
  }

  /** This process was thought dead for a while: what its bots have missed was no fault of theirs. */
  private catchUp(): void {
    for (const botId of this.sessions.botIds) {
      const [session] = this.sessions.of(botId);
      void this.endpoints
        .ensure(botId, 'connector')
        .then(({ id }) => this.missed.replay(session, id))
        .catch((error: Error) => this.logger.warn(error.message));
    }
  }
}
