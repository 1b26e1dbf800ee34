import { Injectable } from '@nestjs/common';
import { Settings } from '../../../../core/config/settings.js';
import type { ConnectorSession } from '../../../../protocols/connector/connector-session.js';
import { MissedMessagesService } from '../../connector/missed-messages.service.js';
import { SessionTeller } from './session-teller.connector.js';

/** Missed messages that wait for their acknowledgement at a time. */
const WINDOW = 32;

/** Sends a session what its bot has missed, oldest first. A message that the session has is not sent to it again. */
@Injectable()
export class MissedMessagesReplay {
  constructor(
    private readonly missed: MissedMessagesService,
    private readonly teller: SessionTeller,
    private readonly settings: Settings,
  ) {}

  /** Ends when nothing is left; or when the session acknowledges nothing for so long that the rest is left for another time. */
  async replay(session: ConnectorSession, endpointId: string): Promise<void> {
    const botId = session.identity!.actor.id;
    let heardAt = Date.now();
    while (!session.isOver && Date.now() - heardAt < this.settings.CONNECTOR_ACK_LIMIT_MS) {
      const page = await this.missed.page(endpointId, WINDOW);
      if (page.length === 0) return;
      const entries = page.map(({ chatId, seq }) => ({ botId, endpointId, chatId, seq, isMessage: true }));
      const { acknowledged, pending } = await this.teller.tellMissed(session, entries);
      if (acknowledged > 0) heardAt = Date.now();
      else if (pending === 0) return; // the rest is left for another time
    }
  }
}
