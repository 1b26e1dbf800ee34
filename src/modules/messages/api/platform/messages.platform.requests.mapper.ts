import { messageNotFound } from '../../message.errors.js';
import type { AroundQuery, EditMessage, SendMessage } from '../../message.types.js';
import type { PlatformUpdateMessageDto } from './message-changes.platform.dto.js';
import { toMessageKind } from './messages.platform.mapper.js';
import type { PlatformListMessagesQueryDto } from './messages.platform.lists.dto.js';
import type { PlatformBotSendDto, PlatformSendMessageDto } from './messages.platform.requests.dto.js';

/** In `custom_types`: no filter. */
const ALL_TYPES = '*';

/** A message identified by its chat and its integer, as in the Platform API. */
export interface NumberedMessage {
  chatId: string;
  num: number;
}

/** @throws DomainError not_found `message.not_found` if the id is invalid */
export function toNumbered(chatId: string, messageId: string): NumberedMessage {
  const num = /^\d{1,16}$/.test(messageId) ? Number(messageId) : 0;
  if (num < 1 || num > Number.MAX_SAFE_INTEGER) throw messageNotFound(messageId);
  return { chatId, num };
}

/** @param body validated: the fields that its type requires are present */
export function toSendMessage(chatId: string, body: PlatformSendMessageDto): SendMessage {
  return {
    ...toContent(body),
    chatId,
    senderId: body.message_type === 'ADMM' ? null : body.user_id!,
    senderKind: 'user',
    kind: toMessageKind(body.message_type),
    mentionedIds: body.mentioned_user_ids,
  };
}

/** @param body validated */
export const toBotSendMessage = (botId: string, body: PlatformBotSendDto): SendMessage => ({
  ...toContent(body),
  chatId: body.channel_url,
  senderId: botId,
  senderKind: 'bot',
  kind: toMessageKind(body.message_type ?? 'MESG'),
  mentionedIds: [...(body.mentioned ?? []), ...(body.mentioned_user_ids ?? [])],
  parentNum: body.target_message_id,
});

/** The fields that both kinds of send requests have. */
const toContent = (body: PlatformSendMessageDto | PlatformBotSendDto) => ({
  body: body.message ?? '',
  customType: body.custom_type,
  data: body.data,
  mentionType: body.mention_type,
  extras: toExtras(body),
  dedupKey: body.dedup_id,
  markAsRead: body.mark_as_read,
});

/** Absent fields are undefined and stay unchanged. */
export const toEditMessage = (body: PlatformUpdateMessageDto): EditMessage => ({
  body: body.message,
  customType: body.custom_type,
  data: body.data,
  mentionType: body.mention_type,
  mentionedIds: body.mentioned_user_ids,
});

export function toAroundQuery(chatId: string, query: PlatformListMessagesQueryDto): AroundQuery {
  const { message_id: num, message_ts: at = 0, sender_id, sender_ids } = query;
  const senderIds = [...(sender_id ? [sender_id] : []), ...(sender_ids ?? [])];
  return {
    chatId,
    anchor: num ? { num } : { at },
    before: query.prev_limit!,
    after: query.next_limit!,
    include: query.include!,
    senderIds: senderIds.length > 0 ? senderIds : undefined,
    byOperators: query.operator_filter === 'all' ? undefined : query.operator_filter === 'operator',
    withoutReplies: query.include_reply_type === 'NONE',
    kind: query.message_type && toMessageKind(query.message_type),
    customTypes: readCustomTypes(query.custom_types),
    includeRemoved: query.including_removed,
  };
}

function readCustomTypes(list: string | undefined): string[] | undefined {
  const types = list?.split(',');
  return types?.includes(ALL_TYPES) ? undefined : types;
}

function toExtras(body: PlatformSendMessageDto | PlatformBotSendDto): SendMessage['extras'] {
  const extras = {
    ...(body.sorted_metaarray?.length ? { sortedMetaArray: body.sorted_metaarray } : {}),
    ...('extended_message_payload' in body && body.extended_message_payload
      ? { extendedMessagePayload: body.extended_message_payload as Record<string, unknown> }
      : {}),
    ...(body.is_silent ? { isSilent: true } : {}),
  };
  return Object.keys(extras).length > 0 ? extras : undefined;
}
