import { Injectable } from '@nestjs/common';
import { DomainError } from '../../core/errors/domain.error.js';
import { Settings } from '../../core/config/settings.js';
import type { ConnectorSession } from './connector-session.js';

type OpenedListener = (session: ConnectorSession) => void;

const NONE: ReadonlySet<ConnectorSession> = new Set();

/** The sessions of this process that have said whose they are, by bot. */
@Injectable()
export class ConnectorSessions {
  private readonly ofBots = new Map<string, Set<ConnectorSession>>();
  private readonly listeners: OpenedListener[] = [];
  private elsewhere: (botId: string) => Promise<number> = () => Promise.resolve(0);

  constructor(private readonly settings: Settings) {}

  /** Calls `listener` for each session, once it has said whose it is and was answered. */
  whenOpened(listener: OpenedListener): void {
    this.listeners.push(listener);
  }

  /** From now on the sessions that a bot has in other processes count too. */
  countElsewhereBy(count: (botId: string) => Promise<number>): void {
    this.elsewhere = count;
  }

  /** @returns how many sessions a bot has in other processes */
  countElsewhere(botId: string): Promise<number> {
    return this.elsewhere(botId);
  }

  /**
   * At once, so that nobody comes between this look and `add`. Only of two that come to two processes in the same moment, both may
   * find the last place free.
   *
   * @throws DomainError rate_limited `connector.too_many_sessions`
   */
  requireRoom(botId: string, elsewhere: number): void {
    const limit = this.settings.CONNECTOR_MAX_SESSIONS;
    if (this.of(botId).size + elsewhere < limit) return;
    const message = `A bot may have ${limit} sessions at a time.`;
    throw new DomainError('rate_limited', 'connector.too_many_sessions', message);
  }

  add(botId: string, session: ConnectorSession): void {
    const sessions = this.ofBots.get(botId) ?? new Set();
    this.ofBots.set(botId, sessions.add(session));
    session.whenOver(() => {
      sessions.delete(session);
      if (sessions.size === 0 && this.ofBots.get(botId) === sessions) this.ofBots.delete(botId);
    });
  }

  announce(session: ConnectorSession): void {
    for (const listener of this.listeners) listener(session);
  }

  of(botId: string): ReadonlySet<ConnectorSession> {
    return this.ofBots.get(botId) ?? NONE;
  }

  get botIds(): string[] {
    return [...this.ofBots.keys()];
  }
}
