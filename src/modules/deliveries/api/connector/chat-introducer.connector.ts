import { Injectable } from '@nestjs/common';
import type { ConnectorSession } from '../../../../protocols/connector/connector-session.js';
import { EntryTranslator } from './entry-translator.connector.js';
import { KnownChats } from './known-chats.js';

/** Announces new personal chats to sessions, once to each. */
@Injectable()
export class ChatIntroducer {
  private readonly known = new KnownChats();

  constructor(private readonly translator: EntryTranslator) {}

  async introduce(botId: string, chatId: string, sessions: readonly ConnectorSession[]): Promise<void> {
    const recipients = sessions.filter((session) => !this.known.has(session, chatId));
    if (recipients.length === 0) return;
    // Marked before the load, since calls may be concurrent; unmarked on failure.
    for (const session of recipients) this.known.add(session, chatId);
    try {
      const { method, payload } = await this.translator.created(botId, chatId);
      for (const session of recipients) session.tell(method, payload);
    } catch (error) {
      for (const session of recipients) this.known.delete(session, chatId);
      throw error;
    }
  }
}
