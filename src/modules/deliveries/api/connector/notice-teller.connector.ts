import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { DomainError } from '../../../../core/errors/domain.error.js';
import { ConnectorIds } from '../../../../protocols/connector/connector-ids.js';
import { ConnectorSessions } from '../../../../protocols/connector/connector-sessions.js';
import { SocketLink } from '../../connector/socket-link.js';
import { SocketNotices } from '../../connector/socket-notices.js';
import type { SocketNotice } from '../../connector/socket-notices.repository.js';
import { ChatIntroducer } from './chat-introducer.connector.js';
import { toClearedEvent, toRemovedEvent } from './events.connector.mapper.js';
import { SessionTeller } from './session-teller.connector.js';
import type { ToldEvent } from './told-event.js';

/** Holds the sockets of this process: entries that are handed in go to `SessionTeller`, and notices are told here. */
@Injectable()
export class NoticeTeller implements OnModuleInit {
  private readonly logger = new Logger(NoticeTeller.name);
  private telling: Promise<void> | undefined;
  /** Something was noted since it was last looked. */
  private isDue = false;

  constructor(
    private readonly link: SocketLink,
    private readonly notices: SocketNotices,
    private readonly sessions: ConnectorSessions,
    private readonly entries: SessionTeller,
    private readonly introducer: ChatIntroducer,
    private readonly ids: ConnectorIds,
  ) {}

  onModuleInit(): void {
    this.link.holdBy({ hand: (entry) => this.entries.hand(entry), look: () => this.look() });
    this.notices.whenOverdue(() => this.look());
  }

  private look(): void {
    this.isDue = true;
    this.telling ??= this.tellAll().finally(() => (this.telling = undefined));
  }

  private async tellAll(): Promise<void> {
    try {
      while (this.isDue) {
        this.isDue = false;
        await this.notices.remove(await this.tellWaiting());
      }
    } catch (error) {
      this.logger.warn(`Notices must wait for the next beat: ${(error as Error).message}`);
    }
  }

  /** What cannot be told now waits, with all that has happened to the same chat since. @returns what was told */
  private async tellWaiting(): Promise<number[]> {
    const told: number[] = [];
    const held = new Set<string>();
    for (const notice of await this.notices.waiting()) {
      const chat = `${notice.sessionId} ${notice.chatId}`;
      if (!held.has(chat) && (await this.hasTold(notice))) told.push(notice.id);
      else held.add(chat);
    }
    return told;
  }

  private async hasTold(notice: SocketNotice): Promise<boolean> {
    const { kind, botId, chatId, sessionId } = notice;
    const session = [...this.sessions.of(botId)].find(({ connectionId }) => connectionId === sessionId);
    if (!session) return true; // it is over
    if (session.isClogged) return false;
    try {
      if (kind === 'opened') {
        await this.introducer.introduce(botId, chatId, [session]);
      } else {
        const { method, payload } = this.toEvent(notice);
        session.tell(method, payload);
      }
      return true;
    } catch (error) {
      if (error instanceof DomainError) return true; // that the chat is gone again is told by what follows
      this.logger.warn(`A session of ${botId} must wait for a notice: ${(error as Error).message}`);
      return false;
    }
  }

  private toEvent({ kind, botId, chatId, messageId }: SocketNotice): ToldEvent {
    if (kind === 'removed') return { method: 'removeChat', payload: { chatId } };
    if (kind === 'cleared') return toClearedEvent(chatId, false);
    return toRemovedEvent(chatId, messageId, botId, this.ids);
  }
}
