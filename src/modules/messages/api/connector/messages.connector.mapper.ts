import type { ConnectorAuthor, ConnectorIds } from '../../../../protocols/connector/connector-ids.js';
import { isPlainFormOf, type ParseMode } from '../../../../protocols/connector/markup.js';
import type { ChatEntity, ChatKind } from '../../../chats/index.js';
import { type FileEntity, READY_STATE } from '../../../files/index.js';
import { SURVEY_PATH, surveyUrl } from '../../../surveys/index.js';
import type { MessageEntity, SurveyInvitation } from '../../message.entity.js';

/** Type codes of envelope contents. */
export const ENVELOPE_TYPE = {
  memberJoined: 1,
  memberLeft: 2,
  title: 21,
  avatar: 22,
  historyCleared: 23,
  role: 110,
  text: 200,
  forward: 201,
  attachment: 202,
  survey: 204,
} as const;

export const CHAT_TYPE: Readonly<Record<ChatKind, number>> = { personal: 1, group: 2, favorites: 5, channel: 6 };

/** The chat of an envelope. Clients from 1.5 on require it. */
export interface ConnectorChatRef {
  chatId: string;
  chatTitle: string;
  chatType: number;
}

export interface ConnectorEnvelope {
  messageId: string;
  chatId: string;
  timestamp: number;
  replyMessageId: string | null;
  /** The message that this one replies to, without its own `replyMessage`. Clients from 1.5 on read it. */
  replyMessage?: ConnectorEnvelope;
  isEdited: boolean;
  type: number;
  author: ConnectorAuthor;
  box: { id: number; position: string };
  content: object;
  chat: ConnectorChatRef;
}

/** The data that envelopes need in addition to their messages. */
export interface EnvelopeContext {
  ids: ConnectorIds;
  publicUrl: string;
  files: ReadonlyMap<string, FileEntity>;
  /** Replied-to messages that are visible to the reader, by id. */
  parents?: ReadonlyMap<string, MessageEntity>;
  /** The chat of the message, with its title for the reader. */
  chat: ConnectorChatRef;
}

interface EnvelopePart {
  type: number;
  content: object;
}

const FIRST_PART = 2;

/**
 * Maps a message to envelopes. An envelope holds one file, so a message with several files becomes several envelopes: the first has
 * the id of the message, the others `<id>.2` and so on.
 */
export function toConnectorEnvelopes(message: MessageEntity, context: EnvelopeContext): ConnectorEnvelope[] {
  const { parents, ...inner } = context;
  const parent = parents?.get(message.parentId ?? '');
  const reply = parent ? { replyMessage: toConnectorEnvelopes(parent, inner)[0] } : {};
  return partsOf(message, context).map((part, index) => ({
    ...toHeader(message, partId(message.id, index), context.ids),
    ...reply,
    ...(message.extras?.forwarded ? toForward(message, part, index, context) : part),
    chat: context.chat,
  }));
}

/** @returns the id of the message and the index of the file, counted from 0 */
export function readMessageId(messageId: string): { id: string; part: number } {
  const [, id, part] = /^(.*)\.(\d{1,3})$/.exec(messageId) ?? [];
  return id === undefined || Number(part) < FIRST_PART ? { id: messageId, part: 0 } : { id, part: Number(part) - 1 };
}

const partId = (id: string, index: number): string => (index === 0 ? id : `${id}.${index + FIRST_PART - 1}`);

/** The text of a message in its original parse mode, or as plain text if it was edited by another protocol since. */
export function toConnectorText({ body, extras }: MessageEntity): { text: string; parseMode: ParseMode } {
  const markup = extras?.markup;
  if (markup && isPlainFormOf(body, markup)) return { text: markup.text, parseMode: markup.mode };
  return { text: body, parseMode: 'text' };
}

export const toConnectorSurvey = (
  { campaignId, pageId = campaignId, title, description, buttonText, appVersion, secret }: SurveyInvitation,
  publicUrl: string,
) => ({
  url: `${publicUrl}${SURVEY_PATH}`,
  title,
  // Clients build the link to the page from `url` and `path`.
  path: pageId,
  description,
  buttonText,
  appVersion,
  secret,
  alt: `📊 <a href="${surveyUrl(publicUrl, pageId)}">${escapeHtml(title)}</a>`,
});

export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

const INITIAL_PREFIX = 'founding-';

/**
 * The first row of a chat, with its creator as the owner. No chat log contains it; older clients require a last message in each chat.
 *
 * @param viewerId the owner if the creator is unknown
 */
export function toInitialEnvelope(
  chat: ChatEntity,
  viewerId: string,
  { ids, chat: ref }: Pick<EnvelopeContext, 'ids' | 'chat'>,
): ConnectorEnvelope {
  const userId = ids.userId(chat.createdById ?? viewerId);
  return {
    messageId: `${INITIAL_PREFIX}${chat.id}`,
    chatId: chat.id,
    timestamp: chat.createdAt.getTime(),
    replyMessageId: null,
    isEdited: false,
    type: ENVELOPE_TYPE.role,
    author: ids.author(chat.createdById),
    box: { id: 0, position: '0' },
    content: { userId, role: chat.kind === 'favorites' ? 'favorites_owner' : 'owner' },
    chat: ref,
  };
}

/** @returns the chat of an initial envelope, or undefined for other message ids */
export const chatOfInitialEnvelope = (messageId: string): string | undefined =>
  messageId.startsWith(INITIAL_PREFIX) ? messageId.slice(INITIAL_PREFIX.length) : undefined;

function toHeader(message: MessageEntity, messageId: string, ids: ConnectorIds) {
  return {
    messageId,
    chatId: message.chatId,
    timestamp: message.createdAt.getTime(),
    replyMessageId: message.parentId,
    isEdited: message.updatedAt !== null,
    author: ids.author(message.senderId),
    box: { id: message.seq, position: '0' },
  };
}

/** Wraps the original message in an envelope with all keys that any client requires. */
function toForward(
  { extras, seq }: MessageEntity,
  part: EnvelopePart,
  index: number,
  { ids }: EnvelopeContext,
): EnvelopePart {
  const { messageId, chatId, senderId, at } = extras!.forwarded!;
  return {
    type: ENVELOPE_TYPE.forward,
    content: {
      messageId: partId(messageId, index),
      chatId,
      timestamp: at,
      replyMessageId: null,
      isEdited: false,
      author: ids.author(senderId),
      box: { id: seq, position: '0' },
      ...part,
    },
  };
}

function partsOf(message: MessageEntity, { files, publicUrl }: EnvelopeContext): EnvelopePart[] {
  const survey = message.extras?.survey;
  if (survey) return [{ type: ENVELOPE_TYPE.survey, content: toConnectorSurvey(survey, publicUrl) }];
  const text = toConnectorText(message);
  const attached = message.attachmentIds.flatMap((id) => files.get(id) ?? []);
  if (attached.length === 0) return [{ type: ENVELOPE_TYPE.text, content: text }];
  return attached.map((file, index) => ({
    type: ENVELOPE_TYPE.attachment,
    content: { ...toAttachment(file), ...(index === 0 && message.body !== '' ? { caption: text } : {}) },
  }));
}

const toAttachment = ({ id, name, sizeBytes, mimeType }: FileEntity) => ({
  name,
  size: sizeBytes,
  fileId: id,
  mimeType,
  readyState: READY_STATE.ready,
});

export const toConnectorSendResponse = ({ id, chatId, createdAt }: MessageEntity) => ({
  chatId,
  messageId: id,
  timestamp: createdAt.getTime(),
});

export const toConnectorEditResponse = ({ id, updatedAt, createdAt }: MessageEntity) => ({
  messageId: id,
  timestamp: (updatedAt ?? createdAt).getTime(),
});
