import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { DeliverySettings } from '../../../../deliveries/index.js';
import type { ConnectorSession } from '../gateway/connector-session.js';
import { MissedMessagesService } from '../../../missed-messages.service.js';
import { SessionEventSender } from './session-event-sender.js';
import { CLOSE_CODES } from '../gateway/connector-frames.js';
import { ConnectorSessions } from '../gateway/connector-sessions.js';
import { BotEndpointsService } from '../../../../bots/index.js';
import { SocketRelay } from '../../../socket-relay.js';
import { SocketRegistry } from '../../../socket-registry.js';
import { WaitingSubscriptions } from '../../../../deliveries/index.js';

/** Maximum of unacknowledged messages during a replay. */
const WINDOW = 32;

/** Sends a session the missed messages of its bot, oldest first. Messages that were already sent to it are left out. */
@Injectable()
export class MissedMessagesReplay {
  constructor(
    private readonly missed: MissedMessagesService,
    private readonly sender: SessionEventSender,
    private readonly settings: DeliverySettings,
  ) {}

  /** Ends when no message is left, or when the session acknowledges none for `CONNECTOR_ACK_LIMIT_MS`. */
  async replay(session: ConnectorSession, endpointId: string): Promise<void> {
    const botId = session.identity!.actor.id;
    let acknowledgedAt = Date.now();
    while (!session.isClosed && Date.now() - acknowledgedAt < this.settings.CONNECTOR_ACK_LIMIT_MS) {
      const page = await this.missed.list(endpointId, WINDOW);
      if (page.length === 0) return;
      const entries = page.map(({ chatId, seq }) => ({ botId, endpointId, chatId, seq, isMessage: true }));
      const { acknowledged, pending } = await this.sender.sendMissed(session, entries);
      if (acknowledged > 0) acknowledgedAt = Date.now();
      else if (pending === 0) return; // the session takes no more messages at the moment
    }
  }
}

/**
 * Initializes a session until it receives the bot's events.
 *
 *   slot acquired, in `auth` ─► opened ─► (receiveUnread: missed messages, oldest first)
 *     ─► active: no more messages are missed ─► messages missed meanwhile ─► held events are released
 *
 * Events are held until the replay of missed messages ends, so the order of each chat holds.
 */
@Injectable()
export class SessionInitializer implements OnModuleInit {
  private readonly logger = new Logger(SessionInitializer.name);

  constructor(
    private readonly sessions: ConnectorSessions,
    private readonly endpoints: BotEndpointsService,
    private readonly registry: SocketRegistry,
    private readonly missed: MissedMessagesReplay,
    private readonly relay: SocketRelay,
    private readonly waiting: WaitingSubscriptions,
  ) {}

  onModuleInit(): void {
    this.sessions.useSlotAllocator((botId, session, limit) => this.acquireSlot(botId, session, limit));
    this.sessions.onOpened((session) => void this.initialize(session));
    this.registry.onRecovered(() => this.replayMissed());
  }

  private async acquireSlot(botId: string, session: ConnectorSession, limit: number): Promise<boolean> {
    const isAcquired = await this.registry.acquireSlot(botId, session.connectionId, limit);
    if (isAcquired) session.onClosed(() => void this.registry.remove(session.connectionId));
    return isAcquired;
  }

  private async initialize(session: ConnectorSession): Promise<void> {
    const { connectionId, identity } = session;
    const { actor, receivesUnread } = identity!;
    session.onClosed(() => this.unsubscribeIfLast(actor.id));
    try {
      const { id: endpointId } = await this.endpoints.ensure(actor.id, 'connector');
      if (receivesUnread) await this.missed.replay(session, endpointId);
      if (session.isClosed) return;
      await this.registry.activate(endpointId, actor.id, connectionId);
      // The row may have been written after its removal.
      if (session.isClosed) return await this.registry.remove(connectionId);
      this.relay.subscribe(actor.id);
      await this.waiting.makeAllDue(endpointId);
      if (receivesUnread) await this.missed.replay(session, endpointId);
    } catch (error) {
      // An inactive session receives no events. The client reconnects.
      this.logger.error(
        `Session initialization failed for bot ${actor.id}: ${(error as Error).message}`,
        (error as Error).stack,
      );
      return session.close(CLOSE_CODES.internalError);
    }
    session.pendingAcks.releaseHeld();
  }

  private unsubscribeIfLast(botId: string): void {
    if (this.sessions.ofBot(botId).size === 0) this.relay.unsubscribe(botId);
  }

  /** Replays messages that were missed while this process counted as dead. */
  private replayMissed(): void {
    for (const botId of this.sessions.botIds) {
      const [session] = this.sessions.ofBot(botId);
      void this.endpoints
        .ensure(botId, 'connector')
        .then(({ id }) => this.missed.replay(session, id))
        .catch((error: Error) => this.logger.warn(error.message));
    }
  }
}
