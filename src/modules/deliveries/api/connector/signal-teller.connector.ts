import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { ConnectorIds } from '../../../../protocols/connector/connector-ids.js';
import { ConnectorSessions } from '../../../../protocols/connector/connector-sessions.js';
import { ChatsService } from '../../../chats/index.js';
import { SocketLink, type SocketSignal } from '../../connector/socket-link.js';
import { ChatIntroducer } from './chat-introducer.connector.js';
import { toClearedEvent, toRemovedEvent } from './events.connector.mapper.js';
import { SessionTeller } from './session-teller.connector.js';
import type { ToldEvent } from './told-event.js';

/** Holds the sockets of this process: what is handed in goes to `SessionTeller`, and signals to all sessions that are here. */
@Injectable()
export class SignalTeller implements OnModuleInit {
  private readonly logger = new Logger(SignalTeller.name);

  constructor(
    private readonly link: SocketLink,
    private readonly sessions: ConnectorSessions,
    private readonly entries: SessionTeller,
    private readonly introducer: ChatIntroducer,
    private readonly chats: ChatsService,
    private readonly ids: ConnectorIds,
  ) {}

  onModuleInit(): void {
    this.link.holdBy({
      hand: (entry) => this.entries.hand(entry),
      signal: (botId, signal) => {
        this.tell(botId, signal).catch((error: Error) => this.logger.warn(`A signal was lost: ${error.message}`));
      },
    });
  }

  private async tell(botId: string, signal: SocketSignal): Promise<void> {
    const { kind, chatId, except } = signal;
    const listeners = [...this.sessions.of(botId)].filter(({ connectionId }) => connectionId !== except);
    if (listeners.length === 0) return;
    if (kind === 'opened') {
      // Of groups, channels and favorites the log tells.
      if ((await this.chats.find(chatId))?.kind !== 'personal') return;
      return this.introducer.introduce(botId, chatId, listeners);
    }
    const { method, payload } = this.toEvent(botId, signal);
    for (const session of listeners) session.tell(method, payload);
  }

  private toEvent(botId: string, { kind, chatId, messageId }: SocketSignal): ToldEvent {
    if (kind === 'removed') return { method: 'removeChat', payload: { chatId } };
    if (kind === 'cleared') return toClearedEvent(chatId, false);
    return toRemovedEvent(chatId, messageId, botId, this.ids);
  }
}
