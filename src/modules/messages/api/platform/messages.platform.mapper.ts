import { toMillis } from '../../../../protocols/platform/platform.time.js';
import type { FileEntity } from '../../../files/index.js';
import type { UserEntity } from '../../../users/index.js';
import { toDeletedUserSummary, toUserSummary } from '../../../users/api/platform/users.platform.mapper.js';
import type { MessageEntity, MessageKind } from '../../message.entity.js';
import type { MessageReferences } from '../../message.types.js';
import type { Thread } from '../../messages.repository.js';
import type {
  PlatformFileDto,
  PlatformFileListItemDto,
  PlatformParentInfoDto,
  PlatformThreadInfoDto,
  PlatformThumbnailDto,
  PlatformMessageType,
} from './message-parts.platform.dto.js';
import type { PlatformBotMessageDto, PlatformMessageDto, PlatformMessageListDto } from './messages.platform.dto.js';

/** Maximum number of repliers in `thread_info`. */
const MAX_REPLIERS = 5;

const TYPES: Readonly<Record<MessageKind, PlatformMessageType>> = { text: 'MESG', file: 'FILE', admin: 'ADMM' };
const KINDS: Readonly<Record<PlatformMessageType, MessageKind>> = { MESG: 'text', FILE: 'file', ADMM: 'admin' };

export const toMessageType = (kind: MessageKind): PlatformMessageType => TYPES[kind];
export const toMessageKind = (type: PlatformMessageType): MessageKind => KINDS[type];

export function toPlatformMessage(
  message: MessageEntity,
  references: MessageReferences,
  publicUrl: string,
): PlatformMessageDto {
  const files = present(message.attachmentIds, references.files);
  const parent = message.parentId === null ? undefined : references.parents.get(message.parentId);
  const { sortedMetaArray = [], extendedMessagePayload, isSilent = false } = message.extras ?? {};
  return {
    message_id: message.num,
    type: toMessageType(message.kind),
    custom_type: message.customType,
    channel_url: message.chatId,
    channel_type: 'group',
    ...(message.senderId === null ? {} : { user: toSender(message.senderId, references.users) }),
    message: message.body,
    data: message.data,
    file: files[0] ? toLegacyFile(files[0], publicUrl) : {},
    ...(files.length > 0 ? { files: files.map((file) => toPlatformFile(file, publicUrl)) } : {}),
    mention_type: message.mentionType,
    mentioned_users: present(message.mentionedIds, references.users).map(toUserSummary),
    translations: {},
    sorted_metaarray: sortedMetaArray,
    ...(extendedMessagePayload ? { extended_message_payload: extendedMessagePayload } : {}),
    ...(parent ? { parent_message_id: parent.num, is_reply_to_channel: true } : {}),
    is_removed: message.removedAt !== null,
    is_op_msg: false,
    silent: isSilent,
    message_survival_seconds: -1,
    message_retention_hour: -1,
    req_id: '',
    message_events: {
      send_push_notification: 'receivers',
      update_unread_count: true,
      update_mention_count: true,
      update_last_message: true,
    },
    created_at: toMillis(message.createdAt),
    updated_at: toMillis(message.updatedAt),
  };
}

/** Optional parts of the messages of a list. */
export interface MessageListExtras {
  /** The replies, by the id of the parent message. */
  threads?: ReadonlyMap<string, Thread>;
  /** Whether replies include their parent message. */
  parents?: boolean;
  reactions?: boolean;
}

export const toMessageList = (
  messages: readonly MessageEntity[],
  references: MessageReferences,
  publicUrl: string,
  { threads, parents, reactions }: MessageListExtras = {},
): PlatformMessageListDto => ({
  messages: messages.map((message) => ({
    ...toPlatformMessage(message, references, publicUrl),
    ...(threads ? { thread_info: toThreadInfo(threads.get(message.id)) } : {}),
    ...(parents ? toParentInfo(message, references) : {}),
    ...(reactions ? { reactions: [] } : {}),
  })),
});

const toThreadInfo = (thread: Thread | undefined): PlatformThreadInfoDto =>
  thread
    ? {
        reply_count: thread.replyCount,
        most_replies: thread.repliers.slice(0, MAX_REPLIERS).map(toUserSummary),
        last_replied_at: toMillis(thread.lastReplyAt),
        updated_at: toMillis(thread.lastReplyAt),
      }
    : { reply_count: 0, most_replies: [], last_replied_at: 0, updated_at: 0 };

function toParentInfo(
  { parentId }: MessageEntity,
  { parents, users }: MessageReferences,
): { parent_message_info?: PlatformParentInfoDto } {
  const parent = parentId === null ? undefined : parents.get(parentId);
  if (!parent) return {};
  const sender = parent.senderId === null ? undefined : users.get(parent.senderId);
  const info = { type: toMessageType(parent.kind), ts: toMillis(parent.createdAt), message: parent.body };
  return { parent_message_info: { ...info, ...(sender ? { user: toUserSummary(sender) } : {}) } };
}

/**
 * The response to a bot's message in the two forms that clients expect: newer clients read the message under `message`, older ones read
 * its fields at the top level.
 */
export const toBotMessage = (view: PlatformMessageDto): PlatformBotMessageDto => ({ ...view, message: view });

export function toPlatformFile(file: FileEntity, publicUrl: string): PlatformFileListItemDto {
  return {
    url: fileUrl(file, publicUrl),
    file_name: file.name,
    file_size: file.sizeBytes,
    file_type: file.mimeType,
    thumbnails: toThumbnails(file, publicUrl),
    require_auth: false,
  };
}

function toSender(id: string, users: ReadonlyMap<string, UserEntity>) {
  const user = users.get(id);
  return { ...(user ? toUserSummary(user) : toDeletedUserSummary(id)), role: '' };
}

/** The older form, for clients that expect at most one file per message. */
const toLegacyFile = (file: FileEntity, publicUrl: string): PlatformFileDto => ({
  url: fileUrl(file, publicUrl),
  name: file.name,
  type: file.mimeType,
  size: file.sizeBytes,
  data: '',
  thumbnails: toThumbnails(file, publicUrl),
});

function toThumbnails(file: FileEntity, publicUrl: string): PlatformThumbnailDto[] {
  const { previewPath, previewSizeBytes, previewWidth, previewHeight, width, height } = file;
  if (!previewPath || !previewSizeBytes) return [];
  const url = `${publicUrl}/${previewPath}`;
  return [
    {
      url,
      plain_url: url,
      width: previewWidth ?? 0,
      height: previewHeight ?? 0,
      real_width: width ?? previewWidth ?? 0,
      real_height: height ?? previewHeight ?? 0,
    },
  ];
}

const fileUrl = ({ path }: FileEntity, publicUrl: string): string => `${publicUrl}/${path}`;

const present = <T>(ids: readonly string[], found: ReadonlyMap<string, T>): T[] =>
  ids.flatMap((id) => (found.has(id) ? [found.get(id)!] : []));
