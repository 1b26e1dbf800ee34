import type { MessageEntity } from '../../../../messages/index.js';
import type { ConnectorIds } from '../../../../../protocols/connector/connector-ids.js';
import type { ChatEntity, ChatEventEntity, MemberRole } from '../../../../chats/index.js';
import {
  type ConnectorChatRef,
  type ConnectorEnvelope,
  ENVELOPE_TYPE,
  toConnectorText,
} from '../../../../messages/api/connector/messages.connector.mapper.js';

/** An event for a session. */
export interface OutboundEvent {
  method: string;
  payload: object;
}

/** The events for a chat log entry. */
export interface OutboundEntry {
  /** Unique id of the entry, also after a chat was created again and its sequence restarted. */
  id: string;
  /** The message, unless the bot sent it: a session must acknowledge it. */
  messageToAcknowledge: MessageEntity | undefined;
  events: OutboundEvent[];
  /** System message envelopes, for sessions that request them. */
  systemEvents: OutboundEvent[];
  /** Id of the session that caused the entry. It receives no event. */
  origin: string;
}

const ROLE_NAMES: Readonly<Record<MemberRole | 'owner', string>> = {
  owner: 'owner',
  operator: 'admin',
  writer: 'writer',
  none: 'user',
};

const CREATED_METHODS: Readonly<Record<ChatEntity['kind'], string>> = {
  personal: 'createP2PChat',
  group: 'createGroupChat',
  channel: 'createChannel',
  favorites: 'createFavoritesChat',
};

export const toMessageEvent = (envelope: ConnectorEnvelope): OutboundEvent => ({
  method: 'sendMessage',
  payload: envelope,
});

/** @param chat as returned by `getChatByID` */
export const toCreatedEvent = (kind: ChatEntity['kind'], chat: object): OutboundEvent => ({
  method: CREATED_METHODS[kind],
  payload: chat,
});

/** A changed survey is sent as its title: this event carries only text. */
export function toEditedEvent(message: MessageEntity): OutboundEvent {
  const survey = message.extras?.survey;
  const content = survey ? { text: survey.title, parseMode: 'text' } : toConnectorText(message);
  const timestamp = (message.updatedAt ?? message.createdAt).getTime();
  return { method: 'editMessage', payload: { timestamp, chatId: message.chatId, messageId: message.id, content } };
}

export const toRemovedEvent = (
  chatId: string,
  messageId: string,
  removedById: string | null,
  ids: ConnectorIds,
): OutboundEvent => ({
  method: 'removeMessage',
  payload: { chatId, messageId, removedBy: ids.author(removedById) },
});

/** A member joined or left. */
export function toMemberEvent(
  { type, chatId, subjectId, actorId, createdAt }: ChatEventEntity,
  ids: ConnectorIds,
): OutboundEvent {
  const common = { timestamp: createdAt.getTime(), chatId, userId: ids.userId(subjectId!) };
  const by = ids.author(actorId);
  return type === 'member.joined'
    ? { method: 'addChatParticipant', payload: { ...common, addedBy: by } }
    : { method: 'removeChatParticipant', payload: { ...common, removedBy: by } };
}

/** The changes of a chat, one event each. */
export function toChangeEvents({ chatId, details, createdAt }: ChatEventEntity, ids: ConnectorIds): OutboundEvent[] {
  const { title, coverUrl, roles = {}, isCleared } = details ?? {};
  const timestamp = createdAt.getTime();
  return [
    ...(title === undefined ? [] : [{ method: 'editChatTitle', payload: { chatId, title } }]),
    ...(coverUrl === undefined ? [] : [{ method: 'editChatAvatar', payload: { chatId, avatarUrl: coverUrl } }]),
    ...Object.entries(roles).map(([userId, role]) => ({
      method: 'changeParticipantRole',
      payload: { timestamp, chatId, userId: ids.userId(userId), role: ROLE_NAMES[role] },
    })),
    ...(isCleared ? [toClearedEvent(chatId, true)] : []),
  ];
}

export const toClearedEvent = (chatId: string, forAll: boolean): OutboundEvent => ({
  method: 'clearHistory',
  payload: { chatId, forAll },
});

/** System messages for a chat event. */
export function toSystemEnvelopes(event: ChatEventEntity, chat: ConnectorChatRef, ids: ConnectorIds): OutboundEvent[] {
  const { chatId, seq, actorId, createdAt } = event;
  return systemContents(event, ids).map(([type, content], index) =>
    toMessageEvent({
      messageId: `event-${chatId}-${seq}${index === 0 ? '' : `-${index}`}`,
      chatId,
      timestamp: createdAt.getTime(),
      replyMessageId: null,
      isEdited: false,
      type,
      author: ids.author(actorId),
      box: { id: seq, position: '0' },
      content,
      chat,
    }),
  );
}

function systemContents(
  { type, subjectId, details }: ChatEventEntity,
  ids: ConnectorIds,
): [type: number, content: object][] {
  // A new member has no role at first; a later role change is an event of its own.
  if (type === 'member.joined')
    return [[ENVELOPE_TYPE.memberJoined, { userId: ids.userId(subjectId!), role: ROLE_NAMES.none }]];
  if (type === 'member.left') return [[ENVELOPE_TYPE.memberLeft, { userId: ids.userId(subjectId!) }]];
  const { title, coverUrl, roles = {}, isCleared } = details ?? {};
  return [
    ...(title === undefined ? [] : [[ENVELOPE_TYPE.title, { title }] as [number, object]]),
    ...(coverUrl === undefined ? [] : [[ENVELOPE_TYPE.avatar, { avatarUrl: coverUrl }] as [number, object]]),
    ...Object.entries(roles).map(([userId, role]): [number, object] => [
      ENVELOPE_TYPE.role,
      { userId: ids.userId(userId), role: ROLE_NAMES[role] },
    ]),
    ...(isCleared ? [[ENVELOPE_TYPE.historyCleared, { forAll: true }] as [number, object]] : []),
  ];
}
