import { Injectable } from '@nestjs/common';
import { Settings } from '../../../../core/config/settings.js';
import type { ConnectorSession } from '../../../../protocols/connector/connector-session.js';
import { MissedMessagesService } from '../../connector/missed-messages.service.js';
import { SessionTeller } from './session-teller.connector.js';

/** Maximum of unacknowledged messages during a replay. */
const WINDOW = 32;

/** Sends a session the missed messages of its bot, oldest first. Messages that were already sent to it are left out. */
@Injectable()
export class MissedMessagesReplay {
  constructor(
    private readonly missed: MissedMessagesService,
    private readonly sender: SessionTeller,
    private readonly settings: Settings,
  ) {}

  /** Ends when no message is left, or when the session acknowledges none for `CONNECTOR_ACK_LIMIT_MS`. */
  async replay(session: ConnectorSession, endpointId: string): Promise<void> {
    const botId = session.identity!.actor.id;
    let acknowledgedAt = Date.now();
    while (!session.isOver && Date.now() - acknowledgedAt < this.settings.CONNECTOR_ACK_LIMIT_MS) {
      const page = await this.missed.page(endpointId, WINDOW);
      if (page.length === 0) return;
      const entries = page.map(({ chatId, seq }) => ({ botId, endpointId, chatId, seq, isMessage: true }));
      const { acknowledged, pending } = await this.sender.tellMissed(session, entries);
      if (acknowledged > 0) acknowledgedAt = Date.now();
      else if (pending === 0) return; // the session takes no more messages at the moment
    }
  }
}
