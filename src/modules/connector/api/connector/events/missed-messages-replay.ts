import { Injectable } from '@nestjs/common';
import { DeliverySettings } from '../../../../deliveries/index.js';
import type { ConnectorSession } from '../gateway/connector-session.js';
import { MissedMessagesService } from '../../../missed-messages.service.js';
import { SessionEventSender } from './session-event-sender.js';

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
