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

const NOTHING: ToldEntry = { id: '', toRead: undefined, events: [], systemEvents: [], origin: '' };

/** Puts entries of logs into the events of this contract, as one bot is told them. */
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

  /** @returns nothing to tell when the entry, or what it is about, is gone */
  async translate(handed: HandedEntry): Promise<ToldEntry> {
    const entry = handed.read?.entry ?? (await this.entries.get(handed));
    if (!entry) return NOTHING;
    if (entry.event) return this.translateEvent(handed, entry.event);
    return entry.message.removedAt ? NOTHING : this.translateMessage(handed, entry.message);
  }

  /** That a chat is there, as it looks now. */
  async created(botId: string, chatId: string): Promise<ToldEvent> {
    const card = await this.cards.get(actorOf(botId), chatId);
    const mapping = { ids: this.ids, publicUrl: this.settings.publicUrl };
    return toCreatedEvent(card.chat.kind, toConnectorChat(card, mapping));
  }

  private async translateMessage(handed: HandedEntry, message: MessageEntity): Promise<ToldEntry> {
    const [shown, chat] = await Promise.all([
      this.history.shownWith(handed.botId, [message], handed.read?.page.files),
      this.chatOf(handed),
    ]);
    const world = { ids: this.ids, publicUrl: this.settings.publicUrl, ...shown, chat };
    return {
      id: message.id,
      toRead: message.senderId === handed.botId ? undefined : message,
      events: toConnectorEnvelopes(message, world).map(toMessageEvent),
      systemEvents: [],
      origin: sessionOf(message.requestId),
    };
  }

  private async translateEvent(handed: HandedEntry, event: ChatEventEntity): Promise<ToldEntry> {
    return {
      id: String(event.createdAt.getTime()),
      toRead: undefined,
      events: await this.toEvents(handed.botId, event),
      systemEvents: event.type.startsWith('message.')
        ? []
        : toSystemEnvelopes(event, await this.chatOf(handed), this.ids),
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
    return subjectId === botId ? this.toFounding(botId, chatId) : [];
  }

  /** Who has left the chat since, or whose chat is gone, is told by what follows. */
  private async toFounding(botId: string, chatId: string): Promise<ToldEvent[]> {
    try {
      return [await this.created(botId, chatId)];
    } catch (error) {
      if (error instanceof DomainError) return [];
      throw error;
    }
  }

  /** What was removed since is told by its removal; of what the bot does not see it is told nothing. */
  private async toEdited(botId: string, { chatId, subjectId }: ChatEventEntity): Promise<ToldEvent[]> {
    const message = await this.entries.message(botId, subjectId!);
    return message?.chatId === chatId ? [toEditedEvent(message)] : [];
  }
}

export const actorOf = (botId: string): Actor => ({ kind: 'bot', id: botId, scopes: [] });
