import { Injectable } from '@nestjs/common';
import { GroupCommit, type Outcome } from '../../../../../core/database/group-commit.js';
import { ChatLog, type ChatLogPosition, type ChatEventEntity, MemberChatsService } from '../../../../chats/index.js';
import { type MessageEntity, MessagesService, HistoryService } from '../../../../messages/index.js';
import type { RelayedEntry } from '../../../socket-relay.js';
import type { LogEntry } from '../../../../deliveries/index.js';
import { Settings } from '../../../../../core/config/settings.js';
import { DomainError } from '../../../../../core/errors/domain.error.js';
import { ConnectorIds } from '../../../../../protocols/connector/connector-ids.js';
import type { Actor } from '../../../../auth/index.js';
import { toConnectorChat, toConnectorChatRef } from '../../../../chats/api/connector/chats.connector.mapper.js';
import {
  type ConnectorChatRef,
  toConnectorEnvelopes,
} from '../../../../messages/api/connector/messages.connector.mapper.js';
import { ChatOverviewsService } from '../../../chat-overviews.service.js';
import { sessionIdOf } from '../../../socket-registry.js';
import {
  toChangeEvents,
  toCreatedEvent,
  toEditedEvent,
  toMemberEvent,
  toMessageEvent,
  toRemovedEvent,
  toSystemEnvelopes,
  type OutboundEntry,
  type OutboundEvent,
} from './events.connector.mapper.js';

type Found = LogEntry | undefined;

const GROUPS = { maxItems: 64, maxInFlight: 2 };

/** Loads chat log entries by sequence number. Concurrent calls share a statement. */
@Injectable()
export class LogEntryLoader {
  private readonly messageBatch = new GroupCommit<ChatLogPosition, Found>(async (positions) => {
    const found = await this.messages.readLogs(positions, 1);
    return found.map(([message]) => ({ value: message && { seq: message.seq, message } }));
  }, GROUPS);
  private readonly eventBatch = new GroupCommit<ChatLogPosition, Found>(async (positions) => {
    const found = await this.chatLog.readEvents(positions, 1);
    return found.map(([event]): Outcome<Found> => ({ value: event && { seq: event.seq, event } }));
  }, GROUPS);

  constructor(
    private readonly messages: MessagesService,
    private readonly chatLog: ChatLog,
  ) {}

  /** @returns undefined if the message is removed or not visible to the bot */
  findMessage(botId: string, id: string): Promise<MessageEntity | undefined> {
    return this.messages.find({ kind: 'bot', id: botId, scopes: [] }, id);
  }

  /** @returns undefined if the entry no longer exists */
  async load({ chatId, seq, isMessage }: RelayedEntry): Promise<Found> {
    const entry = await (isMessage ? this.messageBatch : this.eventBatch).write({ chatId, afterSeq: seq - 1 });
    return entry?.seq === seq ? entry : undefined;
  }
}

const EMPTY: OutboundEntry = { id: '', messageToAcknowledge: undefined, events: [], systemEvents: [], origin: '' };

/** Maps chat log entries to the events of the contract, for one bot. */
@Injectable()
export class ConnectorEventMapper {
  constructor(
    private readonly entries: LogEntryLoader,
    private readonly history: HistoryService,
    private readonly chats: MemberChatsService,
    private readonly overviews: ChatOverviewsService,
    private readonly ids: ConnectorIds,
    private readonly settings: Settings,
  ) {}

  /** @returns an entry without events if the log entry or its message is removed */
  async map(relayed: RelayedEntry): Promise<OutboundEntry> {
    const entry = relayed.read?.entry ?? (await this.entries.load(relayed));
    if (!entry) return EMPTY;
    if (entry.event) return this.mapEvent(relayed, entry.event);
    return entry.message.removedAt ? EMPTY : this.mapMessage(relayed, entry.message);
  }

  /** The event that announces a chat in its current state. */
  async mapChat(botId: string, chatId: string): Promise<OutboundEvent> {
    const overview = await this.overviews.get(actorOf(botId), chatId);
    const mapping = { ids: this.ids, publicUrl: this.settings.publicUrl };
    return toCreatedEvent(overview.chat.kind, toConnectorChat(overview, mapping));
  }

  private async mapMessage(relayed: RelayedEntry, message: MessageEntity): Promise<OutboundEntry> {
    const [references, chat] = await Promise.all([
      this.history.loadReferences(relayed.botId, [message], relayed.read?.page.files),
      this.chatOf(relayed),
    ]);
    const context = { ids: this.ids, publicUrl: this.settings.publicUrl, ...references, chat };
    return {
      id: message.id,
      messageToAcknowledge: message.senderId === relayed.botId ? undefined : message,
      events: toConnectorEnvelopes(message, context).map(toMessageEvent),
      systemEvents: [],
      origin: sessionIdOf(message.requestId),
    };
  }

  private async mapEvent(relayed: RelayedEntry, event: ChatEventEntity): Promise<OutboundEntry> {
    return {
      id: String(event.createdAt.getTime()),
      messageToAcknowledge: undefined,
      events: await this.toEvents(relayed.botId, event),
      systemEvents: event.type.startsWith('message.')
        ? []
        : toSystemEnvelopes(event, await this.chatOf(relayed), this.ids),
      origin: sessionIdOf(event.requestId),
    };
  }

  private async chatOf({ botId, chatId, read }: RelayedEntry): Promise<ConnectorChatRef> {
    if (!read) {
      const { chat, title } = await this.chats.getWithTitle(botId, chatId);
      return toConnectorChatRef(chat, title);
    }
    const { chat } = read.context;
    return toConnectorChatRef(chat, await this.chats.getTitle(botId, chat, read.page.users));
  }

  private async toEvents(botId: string, event: ChatEventEntity): Promise<OutboundEvent[]> {
    const { type, chatId, subjectId, actorId, details } = event;
    if (type === 'message.removed') return [toRemovedEvent(chatId, subjectId!, actorId, this.ids)];
    if (type === 'message.edited') return this.toEdited(botId, event);
    if (type === 'chat.changed') return toChangeEvents(event, this.ids);
    if (type !== 'member.joined' && type !== 'member.left') return [];
    if (!details?.isInitial) return [toMemberEvent(event, this.ids)];
    return subjectId === botId ? this.toInitialMembership(botId, chatId) : [];
  }

  /** Empty if the bot left the chat or the chat was removed since: later entries cover that. */
  private async toInitialMembership(botId: string, chatId: string): Promise<OutboundEvent[]> {
    try {
      return [await this.mapChat(botId, chatId)];
    } catch (error) {
      if (error instanceof DomainError) return [];
      throw error;
    }
  }

  /** Empty if the message was removed since or is not visible to the bot. */
  private async toEdited(botId: string, { chatId, subjectId }: ChatEventEntity): Promise<OutboundEvent[]> {
    const message = await this.entries.findMessage(botId, subjectId!);
    return message?.chatId === chatId ? [toEditedEvent(message)] : [];
  }
}

const actorOf = (botId: string): Actor => ({ kind: 'bot', id: botId, scopes: [] });
