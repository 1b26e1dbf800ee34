import type { ConnectorAuthor, ConnectorIds } from '../../../../protocols/connector/connector-ids.js';
import { isPlainFormOf, type ParseMode } from '../../../../protocols/connector/markup.js';
import type { ChatEntity, ChatKind } from '../../../chats/index.js';
import { type FileEntity, READY_STATE } from '../../../files/index.js';
import { SURVEY_PATH, surveyUrl } from '../../../surveys/index.js';
import type { MessageEntity, SurveyInvitation } from '../../message.entity.js';

/** The numbers that envelopes have for their content. */
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

/** Which chat an envelope belongs to. Clients from 1.5 on read none without it. */
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
  /** The message that is answered, without the one that it answers itself. Clients from 1.5 on read it. */
  replyMessage?: ConnectorEnvelope;
  isEdited: boolean;
  type: number;
  author: ConnectorAuthor;
  box: { id: number; position: string };
  content: object;
  chat: ConnectorChatRef;
}

/** What envelopes are made of beside their messages. */
export interface EnvelopeWorld {
  ids: ConnectorIds;
  publicUrl: string;
  files: ReadonlyMap<string, FileEntity>;
  /** Messages that are answered, by their ids; those that the reader may see. */
  parents?: ReadonlyMap<string, MessageEntity>;
  /** The chat of the message, as it is called for whoever reads it. */
  chat: ConnectorChatRef;
}

interface Part {
  type: number;
  content: object;
}

const FIRST_PART = 2;

/**
 * A message as envelopes. One that has several files is as many, since an envelope has room for one: the first has the id of the
 * message, the others `<id>.2` and so on.
 */
export function toConnectorEnvelopes(message: MessageEntity, world: EnvelopeWorld): ConnectorEnvelope[] {
  const { parents, ...within } = world;
  const parent = parents?.get(message.parentId ?? '');
  const reply = parent ? { replyMessage: toConnectorEnvelopes(parent, within)[0] } : {};
  return partsOf(message, world).map((part, index) => ({
    ...toFrame(message, partId(message.id, index), world.ids),
    ...reply,
    ...(message.extras?.forwarded ? toForward(message, part, index, world) : part),
    chat: world.chat,
  }));
}

/** @returns the id of the message, and which of its files is meant, counted from 0 */
export function readMessageId(messageId: string): { id: string; part: number } {
  const [, id, part] = /^(.*)\.(\d{1,3})$/.exec(messageId) ?? [];
  return id === undefined || Number(part) < FIRST_PART ? { id: messageId, part: 0 } : { id, part: Number(part) - 1 };
}

const partId = (id: string, index: number): string => (index === 0 ? id : `${id}.${index + FIRST_PART - 1}`);

/** The text of a message in the mode in which it was written, if nobody has changed it in another way since. */
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
  // Clients make the link to the page of `url` and `path`.
  path: pageId,
  description,
  buttonText,
  appVersion,
  secret,
  alt: `📊 <a href="${surveyUrl(publicUrl, pageId)}">${escapeHtml(title)}</a>`,
});

export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

const FOUNDING = 'founding-';

/**
 * The first row of a chat: who has opened it. It stands in no log; older clients need a last message in each chat.
 *
 * @param viewerId named when nobody is known to have opened it
 */
export function toFoundingEnvelope(
  chat: ChatEntity,
  viewerId: string,
  { ids, chat: ref }: Pick<EnvelopeWorld, 'ids' | 'chat'>,
): ConnectorEnvelope {
  const userId = ids.userId(chat.createdById ?? viewerId);
  return {
    messageId: `${FOUNDING}${chat.id}`,
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

/** @returns the chat whose first row this is, or undefined for any other message */
export const chatOfFounding = (messageId: string): string | undefined =>
  messageId.startsWith(FOUNDING) ? messageId.slice(FOUNDING.length) : undefined;

function toFrame(message: MessageEntity, messageId: string, ids: ConnectorIds) {
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

/** The original in an envelope of its own, with every key that some reader demands. */
function toForward({ extras, seq }: MessageEntity, part: Part, index: number, { ids }: EnvelopeWorld): Part {
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

function partsOf(message: MessageEntity, { files, publicUrl }: EnvelopeWorld): Part[] {
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

export const toConnectorSent = ({ id, chatId, createdAt }: MessageEntity) => ({
  chatId,
  messageId: id,
  timestamp: createdAt.getTime(),
});

export const toConnectorEdited = ({ id, updatedAt, createdAt }: MessageEntity) => ({
  messageId: id,
  timestamp: (updatedAt ?? createdAt).getTime(),
});
