import { Injectable } from '@nestjs/common';
import { Settings } from '../../../../core/config/settings.js';
import { ConnectorIds } from '../../../../protocols/connector/connector-ids.js';
import type { Actor } from '../../../auth/index.js';
import { toConnectorChatRef } from '../../../chats/api/connector/chats.connector.mapper.js';
import { type ChatEntity, MemberChatsService } from '../../../chats/index.js';
import { HistoryService } from '../../history.service.js';
import type { MessageEntity } from '../../message.entity.js';
import { messageNotFound } from '../../message.errors.js';
import type { ConnectorHistoryDto } from './messages.connector.dto.js';
import {
  chatOfFounding,
  type ConnectorEnvelope,
  type EnvelopeWorld,
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
    private readonly chats: MemberChatsService,
    private readonly ids: ConnectorIds,
    private readonly settings: Settings,
  ) {}

  async get(actor: Actor, messageId: string): Promise<ConnectorEnvelope> {
    const foundedId = chatOfFounding(messageId);
    if (foundedId !== undefined) {
      const { chat } = await this.chats.get(actor, foundedId);
      return toFoundingEnvelope(chat, actor.id, await this.worldOf(actor, chat, []));
    }
    const { id, part } = readMessageId(messageId);
    const message = await this.history.get(actor, id);
    const { chat } = await this.chats.get(actor, message.chatId);
    const envelopes = toConnectorEnvelopes(message, await this.worldOf(actor, chat, [message]));
    if (!envelopes[part]) throw messageNotFound(messageId);
    return envelopes[part];
  }

  /** Newest first, as many rows as are asked for and fit into a frame; at the very end, how the chat began. */
  async page(actor: Actor, { chatId, count, fromMessageId }: ConnectorHistoryDto) {
    // Before that there is nothing.
    const isAtBeginning = fromMessageId !== undefined && chatOfFounding(fromMessageId) !== undefined;
    const wanted = isAtBeginning ? 0 : Math.min(count, MAX_ROWS);
    const before = isAtBeginning || fromMessageId === undefined ? undefined : readMessageId(fromMessageId).id;
    const { chat, messages } = await this.history.page(actor, chatId, wanted, before);
    const world = await this.worldOf(actor, chat, messages);
    const groups = messages.map((message) => toConnectorEnvelopes(message, world).reverse());
    if (messages.length < wanted) groups.push([toFoundingEnvelope(chat, actor.id, world)]);
    const fitting = fit(groups, wanted);
    return { count: fitting.length, chatId, messages: fitting };
  }

  /** @param messages of this chat */
  private async worldOf(actor: Actor, chat: ChatEntity, messages: readonly MessageEntity[]): Promise<EnvelopeWorld> {
    const [shown, title] = await Promise.all([
      this.history.shownWith(actor.id, messages),
      this.chats.titleOf(actor.id, chat),
    ]);
    return { ids: this.ids, publicUrl: this.settings.publicUrl, ...shown, chat: toConnectorChatRef(chat, title) };
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
