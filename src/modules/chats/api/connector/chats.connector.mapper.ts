import { cutText } from '../../../../core/text/storable-text.js';
import type { ConnectorIds } from '../../../../protocols/connector/connector-ids.js';
import type { ChatOverview } from '../../../connector/index.js';
import {
  CHAT_TYPE,
  type ConnectorChatRef,
  ENVELOPE_TYPE,
  toConnectorEnvelopes,
  toInitialEnvelope,
} from '../../../messages/api/connector/messages.connector.mapper.js';
import type { ChatEntity } from '../../chat.entity.js';
import { roleOf } from '../../chat-roles.js';
import type { MemberChat } from '../../member-chats.service.js';

/** Longer texts are cut, so that a list of chats fits into one frame. */
const MAX_LAST_TEXT = 1000;

export interface ChatMapping {
  ids: ConnectorIds;
  publicUrl: string;
}

export const toConnectorChat = (overview: ChatOverview, mapping: ChatMapping) => ({
  title: overview.title,
  chatId: overview.chat.id,
  chatType: CHAT_TYPE[overview.chat.kind],
  unreadMessages: overview.unread,
  avatarUrl: overview.chat.coverUrl,
  lastMessage: toLastMessage(overview, mapping),
});

export const toConnectorChatRef = (chat: ChatEntity, title: string): ConnectorChatRef => ({
  chatId: chat.id,
  chatTitle: title,
  chatType: CHAT_TYPE[chat.kind],
});

export const toConnectorParticipant = ({ chat, member }: MemberChat, ids: ConnectorIds) => {
  const userId = ids.userId(member.userId);
  // The first client version reads "id".
  return { userId, id: userId, role: roleOf(chat, member), type: 1 };
};

function toLastMessage({ chat: entity, title, member, newest, files }: ChatOverview, { ids, publicUrl }: ChatMapping) {
  const chat = toConnectorChatRef(entity, title);
  const envelope = newest
    ? toConnectorEnvelopes(newest, { ids, publicUrl, files, chat })[0]
    : toInitialEnvelope(entity, member.userId, { ids, chat });
  const { messageId, timestamp, author, type, content } = envelope;
  return { messageId, timestamp, author, type, content: shorten(type, content), chat };
}

/** A text that is too long becomes plain text, since cut markup would be invalid. */
function shorten(type: number, content: { text?: string; caption?: unknown; content?: object; type?: number }): object {
  if (type === ENVELOPE_TYPE.forward)
    return { ...content, content: shorten(content.type!, content.content as Parameters<typeof shorten>[1]) };
  const { caption, ...rest } = content;
  void caption;
  if (rest.text === undefined || rest.text.length <= MAX_LAST_TEXT) return rest;
  return { text: `${beginningOf(rest.text)}…`, parseMode: 'text' };
}

/** Cuts the text before the tag search, which is quadratic for many unclosed `<`. */
const beginningOf = (text: string): string =>
  cutText(text.slice(0, 4 * MAX_LAST_TEXT).replace(/<[^<>]*>/g, ''), MAX_LAST_TEXT);
