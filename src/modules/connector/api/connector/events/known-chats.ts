import type { ConnectorSession } from '../gateway/connector-session.js';

/** Chats per session. The entry is needed only while the first message of a chat is being sent. */
const MAX_CHATS = 256;

/** The new chats that were recently announced to each session. */
export class KnownChats {
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
