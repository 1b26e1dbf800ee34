import { Injectable } from '@nestjs/common';
import type { ConnectorSession } from '../gateway/connector-session.js';
import { ConnectorEventMapper } from './connector-event-mapper.js';
import { KnownChats } from './known-chats.js';

/** Announces new personal chats to sessions, once to each. */
@Injectable()
export class ChatAnnouncer {
  private readonly known = new KnownChats();

  constructor(private readonly translator: ConnectorEventMapper) {}

  async announce(botId: string, chatId: string, sessions: readonly ConnectorSession[]): Promise<void> {
    const recipients = sessions.filter((session) => !this.known.has(session, chatId));
    if (recipients.length === 0) return;
    // Marked before the load, since calls may be concurrent; unmarked on failure.
    for (const session of recipients) this.known.add(session, chatId);
    try {
      const { method, payload } = await this.translator.mapChat(botId, chatId);
      for (const session of recipients) session.sendEvent(method, payload);
    } catch (error) {
      for (const session of recipients) this.known.delete(session, chatId);
      throw error;
    }
  }
}
