import type { ConnectorSession } from '../gateway/connector-session.js';
import { Injectable } from '@nestjs/common';
import { ConnectorEventMapper } from './connector-event-mapper.js';

/** Chats per session. The entry is needed only while the first message of a chat is being sent. */
const MAX_CHATS = 256;

/** The new chats that were recently announced to each session. */
class KnownChats {
  private readonly chats = new WeakMap<ConnectorSession, Set<string>>();

  has(session: ConnectorSession, chatId: string): boolean {
    return this.chats.get(session)?.has(chatId) ?? false;
  }

  delete(session: ConnectorSession, chatId: string): void {
    this.chats.get(session)?.delete(chatId);
  }

  add(session: ConnectorSession, chatId: string): void {
    const known = this.chats.get(session) ?? new Set();
    this.chats.set(session, known.add(chatId));
    if (known.size > MAX_CHATS) known.delete(known.values().next().value!);
  }
}

/** Announces new personal chats to sessions, once to each. */
@Injectable()
export class ChatAnnouncer {
  private readonly known = new KnownChats();

  constructor(private readonly mapper: ConnectorEventMapper) {}

  async announce(botId: string, chatId: string, sessions: readonly ConnectorSession[]): Promise<void> {
    const recipients = sessions.filter((session) => !this.known.has(session, chatId));
    if (recipients.length === 0) return;
    // Marked before the load, since calls may be concurrent; unmarked on failure.
    for (const session of recipients) this.known.add(session, chatId);
    try {
      const { method, payload } = await this.mapper.mapChat(botId, chatId);
      for (const session of recipients) session.sendEvent(method, payload);
    } catch (error) {
      for (const session of recipients) this.known.delete(session, chatId);
      throw error;
    }
  }
}
