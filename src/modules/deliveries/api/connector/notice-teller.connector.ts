import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
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
  private taking: Promise<void> | undefined;
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
    this.taking ??= this.tellAll().finally(() => (this.taking = undefined));
  }

  private async tellAll(): Promise<void> {
    try {
      while (this.isDue) {
        this.isDue = false;
        for (const notice of await this.notices.take()) {
          await this.tell(notice).catch((error: Error) => this.logger.warn(`A notice was lost: ${error.message}`));
        }
      }
    } catch (error) {
      this.logger.warn(`Notices could not be read; they will be at the next beat: ${(error as Error).message}`);
    }
  }

  private async tell(notice: SocketNotice): Promise<void> {
    const { kind, botId, chatId, sessionId } = notice;
    const session = [...this.sessions.of(botId)].find(({ connectionId }) => connectionId === sessionId);
    if (!session) return;
    if (kind === 'opened') return this.introducer.introduce(botId, chatId, [session]);
    const { method, payload } = this.toEvent(notice);
    session.tell(method, payload);
  }

  private toEvent({ kind, botId, chatId, messageId }: SocketNotice): ToldEvent {
    if (kind === 'removed') return { method: 'removeChat', payload: { chatId } };
    if (kind === 'cleared') return toClearedEvent(chatId, false);
    return toRemovedEvent(chatId, messageId, botId, this.ids);
  }
}
