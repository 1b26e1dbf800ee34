import { Injectable } from '@nestjs/common';
import { tooManySessions } from '../../../connector.errors.js';
import { ConnectorSettings } from '../../../connector.settings.js';
import type { ConnectorSession } from './connector-session.js';

type OpenedListener = (session: ConnectorSession) => void;
/** Acquires a session slot; false if the bot has no free slot. */
type SlotAllocator = (botId: string, session: ConnectorSession, limit: number) => Promise<boolean>;

const EMPTY: ReadonlySet<ConnectorSession> = new Set();

/** The authenticated sessions of this process, by bot. */
@Injectable()
export class ConnectorSessions {
  private readonly byBot = new Map<string, Set<ConnectorSession>>();
  private readonly listeners: OpenedListener[] = [];
  private allocateSlot: SlotAllocator = () => Promise.resolve(true);

  constructor(private readonly settings: ConnectorSettings) {}

  /** Calls `listener` for each session after the response to its `auth`. */
  onOpened(listener: OpenedListener): void {
    this.listeners.push(listener);
  }

  /** Sets the allocator of session slots, which counts the sessions of all processes. */
  useSlotAllocator(allocator: SlotAllocator): void {
    this.allocateSlot = allocator;
  }

  /**
   * Acquires a session slot of the bot.
   *
   * @throws DomainError rate_limited `connector.too_many_sessions`
   */
  async acquireSlot(botId: string, session: ConnectorSession): Promise<void> {
    const limit = this.settings.CONNECTOR_MAX_SESSIONS;
    if (await this.allocateSlot(botId, session, limit)) return;
    throw tooManySessions(limit);
  }

  add(botId: string, session: ConnectorSession): void {
    const sessions = this.byBot.get(botId) ?? new Set();
    this.byBot.set(botId, sessions.add(session));
    session.onClosed(() => {
      sessions.delete(session);
      if (sessions.size === 0 && this.byBot.get(botId) === sessions) this.byBot.delete(botId);
    });
  }

  notifyOpened(session: ConnectorSession): void {
    for (const listener of this.listeners) listener(session);
  }

  ofBot(botId: string): ReadonlySet<ConnectorSession> {
    return this.byBot.get(botId) ?? EMPTY;
  }

  get botIds(): string[] {
    return [...this.byBot.keys()];
  }
}
