import { Injectable } from '@nestjs/common';
import { DomainError } from '../../core/errors/domain.error.js';
import { Settings } from '../../core/config/settings.js';
import type { ConnectorSession } from './connector-session.js';

type OpenedListener = (session: ConnectorSession) => void;
/** Gives a session its place; false when its bot has so many already. */
type Seater = (botId: string, session: ConnectorSession, limit: number) => Promise<boolean>;

const NONE: ReadonlySet<ConnectorSession> = new Set();

/** The sessions of this process that have said whose they are, by bot. */
@Injectable()
export class ConnectorSessions {
  private readonly ofBots = new Map<string, Set<ConnectorSession>>();
  private readonly listeners: OpenedListener[] = [];
  private seat: Seater = () => Promise.resolve(true);

  constructor(private readonly settings: Settings) {}

  /** Calls `listener` for each session, once it has said whose it is and was answered. */
  whenOpened(listener: OpenedListener): void {
    this.listeners.push(listener);
  }

  /** From now on whoever comes in is given a place by `seat`, which knows the sessions of all processes. */
  seatBy(seat: Seater): void {
    this.seat = seat;
  }

  /**
   * Takes one of the places that a bot has for its sessions.
   *
   * @throws DomainError rate_limited `connector.too_many_sessions`
   */
  async takeSeat(botId: string, session: ConnectorSession): Promise<void> {
    const limit = this.settings.CONNECTOR_MAX_SESSIONS;
    if (await this.seat(botId, session, limit)) return;
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
