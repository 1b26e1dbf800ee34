import { Injectable } from '@nestjs/common';
import { Settings } from '../../../../core/config/settings.js';
import { ConnectorIds } from '../../../../protocols/connector/connector-ids.js';
import { type Actor, SYSTEM } from '../../../auth/index.js';
import { toConnectorChat, toConnectorChatRef } from '../../../chats/api/connector/chats.connector.mapper.js';
import { type ChatEventEntity, MemberChatsService } from '../../../chats/index.js';
import {
  type ConnectorChatRef,
  toConnectorEnvelopes,
} from '../../../messages/api/connector/messages.connector.mapper.js';
import { type MessageEntity, MessagesService } from '../../../messages/index.js';
import { ChatCardsService } from '../../connector/chat-cards.service.js';
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

const NOTHING: ToldEntry = { mustBeRead: false, events: [], systemEvents: [], origin: '' };

/** Puts entries of logs into the events of this contract, as one bot is told them. */
@Injectable()
export class EntryTeller {
  constructor(
    private readonly entries: LogEntries,
    private readonly messages: MessagesService,
    private readonly views: MemberChatsService,
    private readonly cards: ChatCardsService,
    private readonly ids: ConnectorIds,
    private readonly settings: Settings,
  ) {}

  /** @returns nothing to tell when the entry, or what it is about, is gone */
  async tell(botId: string, chatId: string, seq: number): Promise<ToldEntry> {
    const entry = await this.entries.get(chatId, seq);
    if (!entry) return NOTHING;
    if (entry.event) return this.tellEvent(botId, entry.event);
    return entry.message.removedAt ? NOTHING : this.tellMessage(botId, entry.message);
  }

  /** That a chat is there, as it looks now. */
  async created(botId: string, chatId: string): Promise<ToldEvent> {
    const card = await this.cards.get(actorOf(botId), chatId);
    const mapping = { ids: this.ids, publicUrl: this.settings.publicUrl };
    return toCreatedEvent(card.chat.kind, toConnectorChat(card, mapping));
  }

  private async tellMessage(botId: string, message: MessageEntity): Promise<ToldEntry> {
    const [files, chat] = await Promise.all([this.messages.attachments([message]), this.chatOf(botId, message.chatId)]);
    const world = { ids: this.ids, publicUrl: this.settings.publicUrl, files, chat };
    return {
      mustBeRead: message.senderId !== botId,
      events: toConnectorEnvelopes(message, world).map(toMessageEvent),
      systemEvents: [],
      origin: sessionOf(message.requestId),
    };
  }

  private async tellEvent(botId: string, event: ChatEventEntity): Promise<ToldEntry> {
    return {
      mustBeRead: false,
      events: await this.toEvents(botId, event),
      systemEvents: event.type.startsWith('message.')
        ? []
        : toSystemEnvelopes(event, await this.chatOf(botId, event.chatId), this.ids),
      origin: sessionOf(event.requestId),
    };
  }

  private async chatOf(botId: string, chatId: string): Promise<ConnectorChatRef> {
    const { chat, title } = await this.views.titled(botId, chatId);
    return toConnectorChatRef(chat, title);
  }

  private async toEvents(botId: string, event: ChatEventEntity): Promise<ToldEvent[]> {
    const { type, chatId, subjectId, actorId, details } = event;
    if (type === 'message.removed') return [toRemovedEvent(chatId, subjectId!, actorId, this.ids)];
    if (type === 'message.edited') return this.toEdited(event);
    if (type === 'chat.changed') return toChangeEvents(event, this.ids);
    if (type !== 'member.joined' && type !== 'member.left') return [];
    if (!details?.isFounding) return [toMemberEvent(event, this.ids)];
    return subjectId === botId ? [await this.created(botId, chatId)] : [];
  }

  /** What was removed since is told by its removal. */
  private async toEdited({ chatId, subjectId }: ChatEventEntity): Promise<ToldEvent[]> {
    const message = await this.messages.find(SYSTEM, subjectId!);
    return message?.chatId === chatId ? [toEditedEvent(message)] : [];
  }
}

export const actorOf = (botId: string): Actor => ({ kind: 'bot', id: botId, scopes: [] });
