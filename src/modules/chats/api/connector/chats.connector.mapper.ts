import { cutText } from '../../../../core/text/storable-text.js';
import type { ConnectorIds } from '../../../../protocols/connector/connector-ids.js';
import type { ChatCard } from '../../../deliveries/index.js';
import {
  CHAT_TYPE,
  type ConnectorChatRef,
  ENVELOPE_TYPE,
  toConnectorEnvelopes,
  toFoundingEnvelope,
} from '../../../messages/api/connector/messages.connector.mapper.js';
import type { ChatEntity } from '../../chat.entity.js';
import { roleIn } from '../../chat-roles.js';
import type { MembersView } from '../../member-chats.service.js';

/** A list of chats must fit into one frame, so long texts are not shown to their end. */
const MAX_LAST_TEXT = 1000;

/** What the mapping needs beside the chat. */
export interface ChatMapping {
  ids: ConnectorIds;
  publicUrl: string;
}

export const toConnectorChat = (card: ChatCard, mapping: ChatMapping) => ({
  title: card.title,
  chatId: card.chat.id,
  chatType: CHAT_TYPE[card.chat.kind],
  unreadMessages: card.unread,
  avatarUrl: card.chat.coverUrl,
  lastMessage: toLastMessage(card, mapping),
});

export const toConnectorChatRef = (chat: ChatEntity, title: string): ConnectorChatRef => ({
  chatId: chat.id,
  chatTitle: title,
  chatType: CHAT_TYPE[chat.kind],
});

export const toConnectorParticipant = ({ chat, member }: MembersView, ids: ConnectorIds) => {
  const userId = ids.userId(member.userId);
  // The first client version knows it by "id".
  return { userId, id: userId, role: roleIn(chat, member), type: 1 };
};

function toLastMessage({ chat: entity, title, member, newest, files }: ChatCard, { ids, publicUrl }: ChatMapping) {
  const chat = toConnectorChatRef(entity, title);
  const envelope = newest
    ? toConnectorEnvelopes(newest, { ids, publicUrl, files, chat })[0]
    : toFoundingEnvelope(entity, member.userId, { ids, chat });
  const { messageId, timestamp, author, type, content } = envelope;
  return { messageId, timestamp, author, type, content: shorten(type, content), chat };
}

/** Cut in the middle, markup would be broken; so what is too long becomes the beginning of the plain text. */
function shorten(type: number, content: { text?: string; caption?: unknown; content?: object; type?: number }): object {
  if (type === ENVELOPE_TYPE.forward)
    return { ...content, content: shorten(content.type!, content.content as Parameters<typeof shorten>[1]) };
  const { caption, ...rest } = content;
  void caption;
  if (rest.text === undefined || rest.text.length <= MAX_LAST_TEXT) return rest;
  return { text: `${beginningOf(rest.text)}…`, parseMode: 'text' };
}

/** The text is cut before its tags are looked for, as many `<` without an end would each be followed to the end of the text. */
const beginningOf = (text: string): string =>
  cutText(text.slice(0, 4 * MAX_LAST_TEXT).replace(/<[^<>]*>/g, ''), MAX_LAST_TEXT);
