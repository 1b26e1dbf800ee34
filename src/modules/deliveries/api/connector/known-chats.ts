import type { ConnectorSession } from '../../../../protocols/connector/connector-session.js';

/** No session is told of more chats in the moment that it takes to say the first words in one. */
const MAX_REMEMBERED = 256;

/** Which new chats each session was told of lately. */
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
    if (known.size > MAX_REMEMBERED) known.delete(known.values().next().value!);
  }
}
