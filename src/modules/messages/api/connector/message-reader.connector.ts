import { Injectable } from '@nestjs/common';
import { Settings } from '../../../../core/config/settings.js';
import { ConnectorIds } from '../../../../protocols/connector/connector-ids.js';
import type { Actor } from '../../../auth/index.js';
import { toConnectorChatRef } from '../../../chats/api/connector/chats.connector.mapper.js';
import { type ChatEntity, MemberChatsService } from '../../../chats/index.js';
import { HistoryService } from '../../history.service.js';
import { MessagesService } from '../../messages.service.js';
import type { MessageEntity } from '../../message.entity.js';
import { messageNotFound } from '../../message.errors.js';
import type { ConnectorHistoryDto } from './messages.connector.dto.js';
import {
  chatOfInitialEnvelope,
  type ConnectorEnvelope,
  type EnvelopeContext,
  readMessageId,
  toConnectorEnvelopes,
  toInitialEnvelope,
} from './messages.connector.mapper.js';

/** A frame must stay below 1 MiB, including what surrounds the rows. */
const MAX_HISTORY_BYTES = 900_000;
const MAX_ROWS = 500;

/** Reads messages for socket bots. */
@Injectable()
export class ConnectorMessageReader {
  constructor(
    private readonly messages: MessagesService,
    private readonly history: HistoryService,
    private readonly chats: MemberChatsService,
    private readonly ids: ConnectorIds,
    private readonly settings: Settings,
  ) {}

  async get(actor: Actor, messageId: string): Promise<ConnectorEnvelope> {
    const initialOf = chatOfInitialEnvelope(messageId);
    if (initialOf !== undefined) {
      const { chat } = await this.chats.get(actor, initialOf);
      return toInitialEnvelope(chat, actor.id, await this.loadContext(actor, chat, []));
    }
    const { id, part } = readMessageId(messageId);
    const message = await this.messages.get(actor, id);
    const { chat } = await this.chats.get(actor, message.chatId);
    const envelopes = toConnectorEnvelopes(message, await this.loadContext(actor, chat, [message]));
    if (!envelopes[part]) throw messageNotFound(messageId);
    return envelopes[part];
  }

  /** Newest first, as many requested rows as fit into a frame. The last row of a chat is its initial envelope. */
  async listPage(actor: Actor, { chatId, count, fromMessageId }: ConnectorHistoryDto) {
    // The initial envelope is the oldest row.
    const isAtBeginning = fromMessageId !== undefined && chatOfInitialEnvelope(fromMessageId) !== undefined;
    const limit = isAtBeginning ? 0 : Math.min(count, MAX_ROWS);
    const before = isAtBeginning || fromMessageId === undefined ? undefined : readMessageId(fromMessageId).id;
    const { chat, messages } = await this.history.listPage(actor, chatId, limit, before);
    const context = await this.loadContext(actor, chat, messages);
    const groups = messages.map((message) => toConnectorEnvelopes(message, context).reverse());
    if (messages.length < limit) groups.push([toInitialEnvelope(chat, actor.id, context)]);
    const fitting = limitToFrame(groups, limit);
    return { count: fitting.length, chatId, messages: fitting };
  }

  /** @param messages of this chat */
  private async loadContext(
    actor: Actor,
    chat: ChatEntity,
    messages: readonly MessageEntity[],
  ): Promise<EnvelopeContext> {
    const [references, title] = await Promise.all([
      this.history.loadReferences(actor.id, messages),
      this.chats.getTitle(actor.id, chat),
    ]);
    return { ids: this.ids, publicUrl: this.settings.publicUrl, ...references, chat: toConnectorChatRef(chat, title) };
  }
}

/** Keeps the rows of one message together, since pages continue by message. One message always fits. */
function limitToFrame(groups: ConnectorEnvelope[][], limit: number): ConnectorEnvelope[] {
  const rows: ConnectorEnvelope[] = [];
  let bytes = 0;
  for (const group of groups) {
    bytes += Buffer.byteLength(JSON.stringify(group));
    if (rows.length > 0 && (rows.length >= limit || bytes > MAX_HISTORY_BYTES)) break;
    rows.push(...group);
  }
  return rows;
}
