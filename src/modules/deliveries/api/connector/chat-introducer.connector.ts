import { Injectable } from '@nestjs/common';
import type { ConnectorSession } from '../../../../protocols/connector/connector-session.js';
import { EntryTranslator } from './entry-translator.connector.js';
import { KnownChats } from './known-chats.js';

/** Tells sessions that a chat of two is there, each of them once. */
@Injectable()
export class ChatIntroducer {
  private readonly known = new KnownChats();

  constructor(private readonly translator: EntryTranslator) {}

  async introduce(botId: string, chatId: string, sessions: readonly ConnectorSession[]): Promise<void> {
    const strangers = sessions.filter((session) => !this.known.has(session, chatId));
    if (strangers.length === 0) return;
    // Noted first, as this may be asked for twice at once; and taken back when it could not be told after all.
    for (const session of strangers) this.known.add(session, chatId);
    try {
      const { method, payload } = await this.translator.created(botId, chatId);
      for (const session of strangers) session.tell(method, payload);
    } catch (error) {
      for (const session of strangers) this.known.delete(session, chatId);
      throw error;
    }
  }
}
