import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { DomainError } from '../../../../../core/errors/domain.error.js';
import { ConnectorIds } from '../../../../../protocols/connector/connector-ids.js';
import { ConnectorSessions } from '../gateway/connector-sessions.js';
import { SocketRelay } from '../../../socket-relay.js';
import { SocketNotices } from '../../../socket-notices.js';
import type { SocketNotice } from '../../../socket-notices.repository.js';
import { ChatAnnouncer } from './chat-announcer.js';
import { toClearedEvent, toRemovedEvent, type OutboundEvent } from './events.connector.mapper.js';
import { SessionEventSender } from './session-event-sender.js';

/** Connects the sockets of this process to the relay. Passes entries to `SessionEventSender`; sends notices. */
@Injectable()
export class SocketNoticeSender implements OnModuleInit {
  private readonly logger = new Logger(SocketNoticeSender.name);
  private sending: Promise<void> | undefined;
  /** Notices may have been recorded since the last read. */
  private isDue = false;

  constructor(
    private readonly relay: SocketRelay,
    private readonly notices: SocketNotices,
    private readonly sessions: ConnectorSessions,
    private readonly entries: SessionEventSender,
    private readonly announcer: ChatAnnouncer,
    private readonly ids: ConnectorIds,
  ) {}

  onModuleInit(): void {
    this.relay.useLocalSockets({ deliver: (entry) => this.entries.deliver(entry), sendNotices: () => this.trigger() });
    this.notices.onCheckDue(() => this.trigger());
  }

  private trigger(): void {
    this.isDue = true;
    this.sending ??= this.sendAll().finally(() => (this.sending = undefined));
  }

  private async sendAll(): Promise<void> {
    try {
      while (this.isDue) {
        this.isDue = false;
        await this.notices.remove(await this.sendPending());
      }
    } catch (error) {
      this.logger.warn(`Sending notices failed, retrying at the next heartbeat: ${(error as Error).message}`);
    }
  }

  /** A notice that cannot be sent holds back later ones for the same session and chat. @returns the ids of the sent notices */
  private async sendPending(): Promise<number[]> {
    const sent: number[] = [];
    const blocked = new Set<string>();
    for (const notice of await this.notices.listPending()) {
      const chat = `${notice.sessionId} ${notice.chatId}`;
      if (!blocked.has(chat) && (await this.trySend(notice))) sent.push(notice.id);
      else blocked.add(chat);
    }
    return sent;
  }

  private async trySend(notice: SocketNotice): Promise<boolean> {
    const { kind, botId, chatId, sessionId } = notice;
    const session = [...this.sessions.ofBot(botId)].find(({ connectionId }) => connectionId === sessionId);
    if (!session) return true; // the session is closed
    if (session.isBackpressured) return false;
    try {
      if (kind === 'opened') {
        await this.announcer.announce(botId, chatId, [session]);
      } else {
        const { method, payload } = this.toEvent(notice);
        session.sendEvent(method, payload);
      }
      return true;
    } catch (error) {
      if (error instanceof DomainError) return true; // the chat was removed: a later notice covers that
      this.logger.warn(`Notice ${notice.id} could not be sent to bot ${botId}, retrying: ${(error as Error).message}`);
      return false;
    }
  }

  private toEvent({ kind, botId, chatId, messageId }: SocketNotice): OutboundEvent {
    if (kind === 'removed') return { method: 'removeChat', payload: { chatId } };
    if (kind === 'cleared') return toClearedEvent(chatId, false);
    return toRemovedEvent(chatId, messageId, botId, this.ids);
  }
}
