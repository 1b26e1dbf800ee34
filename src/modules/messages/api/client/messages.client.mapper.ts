import type { MessageLimits } from '../../../../core/config/service-config.js';
import type { Actor } from '../../../auth/index.js';
import type { MemberEntity } from '../../../chats/index.js';
import type { ClientFileDto } from '../../../files/api/client/files.client.dto.js';
import { toClientFile } from '../../../files/api/client/files.client.mapper.js';
import type { FileEntity } from '../../../files/index.js';
import type { CallbackEvent } from '../../callback-event.js';
import type { MessageEntity } from '../../message.entity.js';
import type { EditMessage, MessagePage, PageQuery, SendMessage } from '../../message.types.js';
import type {
  ClientReplyDto,
  ClientEditMessageDto,
  ClientListMessagesDto,
  ClientMessageDto,
  ClientMessagePageDto,
  ClientPageMessageDto,
  ClientSendMessageDto,
  ClientStoredMessageDto,
  ClientReadStateDto,
} from './messages.client.dto.js';

/** Stored files by id. */
export type FilesById = ReadonlyMap<string, FileEntity>;

/** @param dedupKey the idempotency key of the request */
export const toSendMessage = (
  actor: Actor,
  { chatId = '', body, attachmentIds }: ClientSendMessageDto,
  { maxBodyLength, maxAttachedFiles }: MessageLimits,
  dedupKey: string | undefined,
): SendMessage => ({
  chatId,
  senderId: actor.id,
  body,
  attachmentIds,
  dedupKey,
  limits: { maxBodyBytes: maxBodyLength, maxFiles: maxAttachedFiles },
});

export const toEditMessage = ({ body }: ClientEditMessageDto, { maxBodyLength }: MessageLimits): EditMessage => ({
  body,
  limits: { maxBodyBytes: maxBodyLength },
});

export const toPageQuery = (chatId: string, { page, limit, sender_id, since }: ClientListMessagesDto): PageQuery => ({
  chatId,
  page,
  limit,
  senderId: sender_id || undefined,
  since,
});

export const toClientMessage = (message: MessageEntity, files: FilesById): ClientMessageDto => ({
  id: message.id,
  chatId: message.chatId,
  senderId: message.senderId ?? '',
  body: message.body,
  attachments: toClientFiles(message, files),
  answer: toClientReply(message),
  timestamp: message.createdAt.getTime(),
});

export const toClientPage = (
  chatId: string,
  { page, limit }: ClientListMessagesDto,
  { total, messages }: MessagePage,
  files: FilesById,
): ClientMessagePageDto => ({
  chatId,
  total,
  page,
  limit,
  messages: messages.map((message) => toClientPageMessage(message, files)),
});

export const toClientStoredMessage = (message: MessageEntity): ClientStoredMessageDto => ({
  id: message.id,
  chatId: message.chatId,
  senderId: message.senderId ?? '',
  body: message.body,
  attachmentIds: message.attachmentIds.length > 0 ? message.attachmentIds : undefined,
  timestamp: message.createdAt.getTime(),
});

export const toClientReadState = ({ userId, readAt }: MemberEntity): ClientReadStateDto => ({
  userId,
  readUntil: readAt?.getTime() ?? 0,
});

const toClientPageMessage = (message: MessageEntity, files: FilesById): ClientPageMessageDto => ({
  id: message.id,
  senderId: message.senderId ?? '',
  body: message.body,
  attachments: toClientFiles(message, files),
  answer: toClientReply(message),
  timestamp: message.createdAt.getTime(),
});

const toClientReply = ({ extras }: MessageEntity): ClientReplyDto | undefined =>
  extras?.answer && {
    draftId: extras.draftId ?? '',
    state: extras.answer.state,
    code: extras.answer.code,
    actions: extras.answer.actions?.map(({ type, notBefore }) => ({ type, notBefore })),
  };

/** Sorted by id, which is the order of the uploads, whatever the order in the message. */
function toClientFiles({ attachmentIds }: MessageEntity, files: FilesById): ClientFileDto[] | undefined {
  const attached = attachmentIds.toSorted().flatMap((id) => files.get(id) ?? []);
  return attached.length > 0 ? attached.map(toClientFile) : undefined;
}

/** The body of a webhook: the same response that the sender of the message received. */
export function renderClientCallback({ message, attachments }: CallbackEvent): string {
  return JSON.stringify(toClientMessage(message, new Map(attachments.map((file) => [file.id, file]))));
}
