import { Injectable } from '@nestjs/common';
import { Settings } from '../../../../core/config/settings.js';
import { DomainError } from '../../../../core/errors/domain.error.js';
import { ConnectorIds } from '../../../../protocols/connector/connector-ids.js';
import type { Actor } from '../../../auth/index.js';
import { toConnectorChat, toConnectorChatRef } from '../../../chats/api/connector/chats.connector.mapper.js';
import { type ChatEventEntity, MemberChatsService } from '../../../chats/index.js';
import {
  type ConnectorChatRef,
  toConnectorEnvelopes,
} from '../../../messages/api/connector/messages.connector.mapper.js';
import { HistoryService, type MessageEntity } from '../../../messages/index.js';
import { ChatCardsService } from '../../connector/chat-cards.service.js';
import type { HandedEntry } from '../../connector/socket-link.js';
import { sessionOf } from '../../connector/session-of-request.js';
import {
  toChangeEvents,
  toCreatedEvent,
  toEditedEvent,
  toMemberEvent,
  toMessageEvent,
  toRemovedEvent,
  toSystemEnvelopes,
} from './events.connector.mapper.js';
import { LogEntries } from './log-entries.connector.js';
import type { ToldEntry, ToldEvent } from './told-event.js';

const EMPTY: ToldEntry = { id: '', toRead: undefined, events: [], systemEvents: [], origin: '' };

/** Maps chat log entries to the events of the contract, for one bot. */
@Injectable()
export class EntryTranslator {
  constructor(
    private readonly entries: LogEntries,
    private readonly history: HistoryService,
    private readonly views: MemberChatsService,
    private readonly cards: ChatCardsService,
    private readonly ids: ConnectorIds,
    private readonly settings: Settings,
  ) {}

  /** @returns an entry without events if the log entry or its message is removed */
  async translate(relayed: HandedEntry): Promise<ToldEntry> {
    const entry = relayed.read?.entry ?? (await this.entries.get(relayed));
    if (!entry) return EMPTY;
    if (entry.event) return this.mapEvent(relayed, entry.event);
    return entry.message.removedAt ? EMPTY : this.mapMessage(relayed, entry.message);
  }

  /** The event that announces a chat in its current state. */
  async created(botId: string, chatId: string): Promise<ToldEvent> {
    const overview = await this.cards.get(actorOf(botId), chatId);
    const mapping = { ids: this.ids, publicUrl: this.settings.publicUrl };
    return toCreatedEvent(overview.chat.kind, toConnectorChat(overview, mapping));
  }

  private async mapMessage(relayed: HandedEntry, message: MessageEntity): Promise<ToldEntry> {
    const [references, chat] = await Promise.all([
      this.history.shownWith(relayed.botId, [message], relayed.read?.page.files),
      this.chatOf(relayed),
    ]);
    const context = { ids: this.ids, publicUrl: this.settings.publicUrl, ...references, chat };
    return {
      id: message.id,
      toRead: message.senderId === relayed.botId ? undefined : message,
      events: toConnectorEnvelopes(message, context).map(toMessageEvent),
      systemEvents: [],
      origin: sessionOf(message.requestId),
    };
  }

  private async mapEvent(relayed: HandedEntry, event: ChatEventEntity): Promise<ToldEntry> {
    return {
      id: String(event.createdAt.getTime()),
      toRead: undefined,
      events: await this.toEvents(relayed.botId, event),
      systemEvents: event.type.startsWith('message.')
        ? []
        : toSystemEnvelopes(event, await this.chatOf(relayed), this.ids),
      origin: sessionOf(event.requestId),
    };
  }

  private async chatOf({ botId, chatId, read }: HandedEntry): Promise<ConnectorChatRef> {
    if (!read) {
      const { chat, title } = await this.views.titled(botId, chatId);
      return toConnectorChatRef(chat, title);
    }
    const { chat } = read.context;
    return toConnectorChatRef(chat, await this.views.titleOf(botId, chat, read.page.users));
  }

  private async toEvents(botId: string, event: ChatEventEntity): Promise<ToldEvent[]> {
    const { type, chatId, subjectId, actorId, details } = event;
    if (type === 'message.removed') return [toRemovedEvent(chatId, subjectId!, actorId, this.ids)];
    if (type === 'message.edited') return this.toEdited(botId, event);
    if (type === 'chat.changed') return toChangeEvents(event, this.ids);
    if (type !== 'member.joined' && type !== 'member.left') return [];
    if (!details?.isFounding) return [toMemberEvent(event, this.ids)];
    return subjectId === botId ? this.toInitialMembership(botId, chatId) : [];
  }

  /** Empty if the bot left the chat or the chat was removed since: later entries cover that. */
  private async toInitialMembership(botId: string, chatId: string): Promise<ToldEvent[]> {
    try {
      return [await this.created(botId, chatId)];
    } catch (error) {
      if (error instanceof DomainError) return [];
      throw error;
    }
  }

  /** Empty if the message was removed since or is not visible to the bot. */
  private async toEdited(botId: string, { chatId, subjectId }: ChatEventEntity): Promise<ToldEvent[]> {
    const message = await this.entries.message(botId, subjectId!);
    return message?.chatId === chatId ? [toEditedEvent(message)] : [];
  }
}

const actorOf = (botId: string): Actor => ({ kind: 'bot', id: botId, scopes: [] });
