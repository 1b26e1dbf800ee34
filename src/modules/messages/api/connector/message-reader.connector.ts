import { Injectable } from '@nestjs/common';
import { Settings } from '../../../../core/config/settings.js';
import { ConnectorIds } from '../../../../protocols/connector/connector-ids.js';
import type { Actor } from '../../../auth/index.js';
import { toConnectorChatRef } from '../../../chats/api/connector/chats.connector.mapper.js';
import { MemberChatsService } from '../../../chats/index.js';
import { HistoryService } from '../../history.service.js';
import type { MessageEntity } from '../../message.entity.js';
import { messageNotFound } from '../../message.errors.js';
import { MessagesService } from '../../messages.service.js';
import type { ConnectorHistoryDto } from './messages.connector.dto.js';
import {
  chatOfFounding,
  type ConnectorEnvelope,
  readMessageId,
  toConnectorEnvelopes,
  toFoundingEnvelope,
} from './messages.connector.mapper.js';

/** A frame must stay below 1 MiB; some of it is not rows. */
const MAX_HISTORY_BYTES = 900_000;
const MAX_ROWS = 500;

/** Messages as socket bots read them. */
@Injectable()
export class ConnectorMessageReader {
  constructor(
    private readonly history: HistoryService,
    private readonly messages: MessagesService,
    private readonly chats: MemberChatsService,
    private readonly ids: ConnectorIds,
    private readonly settings: Settings,
  ) {}

  async get(actor: Actor, messageId: string): Promise<ConnectorEnvelope> {
    const foundedId = chatOfFounding(messageId);
    if (foundedId !== undefined) return this.founding(actor, foundedId);
    const { id, part } = readMessageId(messageId);
    const message = await this.history.get(actor, id);
    const [envelopes] = await this.toEnvelopes(actor, message.chatId, [message]);
    if (!envelopes[part]) throw messageNotFound(messageId);
    return envelopes[part];
  }

  /** Newest first, as many rows as are asked for and fit into a frame; at the very end, how the chat began. */
  async page(actor: Actor, { chatId, count, fromMessageId }: ConnectorHistoryDto) {
    const wanted = Math.min(count, MAX_ROWS);
    const foundingAsked = fromMessageId !== undefined && chatOfFounding(fromMessageId) !== undefined;
    const before = fromMessageId === undefined ? undefined : readMessageId(fromMessageId).id;
    const messages = foundingAsked ? [] : await this.history.page(actor, chatId, wanted, before);
    const groups = (await this.toEnvelopes(actor, chatId, messages)).map((envelopes) => envelopes.reverse());
    if (messages.length < wanted && !foundingAsked) groups.push([await this.founding(actor, chatId)]);
    const fitting = fit(groups, wanted);
    return { count: fitting.length, chatId, messages: fitting };
  }

  private async founding(actor: Actor, chatId: string): Promise<ConnectorEnvelope> {
    await this.chats.get(actor, chatId);
    const { chat, title } = await this.chats.titled(actor.id, chatId);
    return toFoundingEnvelope(chat, actor.id, { ids: this.ids, chat: toConnectorChatRef(chat, title) });
  }

  /** Of messages of one chat. */
  private async toEnvelopes(
    actor: Actor,
    chatId: string,
    messages: readonly MessageEntity[],
  ): Promise<ConnectorEnvelope[][]> {
    const [files, { chat, title }] = await Promise.all([
      this.messages.attachments(messages),
      this.chats.titled(actor.id, chatId),
    ]);
    const { ids, settings } = this;
    const world = { ids, publicUrl: settings.publicUrl, files, chat: toConnectorChatRef(chat, title) };
    return messages.map((message) => toConnectorEnvelopes(message, world));
  }
}

/** The rows of one message stay together, so that the next page begins behind them. One message always fits. */
function fit(groups: ConnectorEnvelope[][], wanted: number): ConnectorEnvelope[] {
  const rows: ConnectorEnvelope[] = [];
  let bytes = 0;
  for (const group of groups) {
    bytes += Buffer.byteLength(JSON.stringify(group));
    if (rows.length > 0 && (rows.length >= wanted || bytes > MAX_HISTORY_BYTES)) break;
    rows.push(...group);
  }
  return rows;
}
