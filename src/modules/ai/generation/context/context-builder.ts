import { cutText } from '../../../../core/text/storable-text.js';
import type { AiSettings } from '../../../bots/index.js';
import type { ChatKind } from '../../../chats/index.js';
import type { FileEntity } from '../../../files/index.js';
import type { MessageEntity } from '../../../messages/index.js';
import type { UserEntity } from '../../../users/index.js';
import type { PromptMessage } from '../../providers/model.types.js';
import type { Summary } from '../summary/summaries.repository.js';
import { toSummaryMessage } from '../summary/summary-prompt.js';
import { toPromptMessages, type ToolRound, withoutText } from '../tools/tool-rounds.js';
import { type TokenCounter, truncateToFit, countPromptTokens } from './prompt-unit.js';

/** Context options by the settings of the bot. */
export interface ContextOptions {
  /** System messages. */
  system: readonly string[];
  /** Whether messages start with the name of the sender. */
  includesNames: boolean;
  /** Whether messages of other bots are included. */
  includesBots: boolean;
  /** Milliseconds since 1970: earlier messages are left out. */
  since: number;
}

/** The input for a context. */
export interface Conversation extends Omit<ContextOptions, 'since'> {
  botId: string;
  /** Oldest first; the trigger is the last. */
  messages: readonly MessageEntity[];
  triggerId: string;
  users: ReadonlyMap<string, UserEntity>;
  files: ReadonlyMap<string, FileEntity>;
  /** Tool rounds of the replies of the bot, by message id; those of the current run by the id of the trigger. */
  rounds?: ReadonlyMap<string, readonly ToolRound[]>;
  /** Tokens of the tool definitions. */
  toolTokens?: number;
  /** Summary of earlier messages. */
  summary?: Summary;
}

export interface ContextLimits {
  /** System messages do not count. */
  maxMessages: number;
  maxTokens: number;
  /** Further images are mentioned by name only. */
  maxImages: number;
}

export interface Context {
  messages: PromptMessage[];
  /** The newest images, with the index of their message. */
  images: { at: number; file: FileEntity }[];
  /** Ids of the chat messages in the context, oldest first. */
  messageIds: string[];
  /** The context starts with a summary of other messages. */
  hasSummary: boolean;
  /** Counted locally. */
  tokens: number;
  /** The trigger exceeded the limit by itself and was truncated in the middle. */
  isTriggerTruncated: boolean;
}

/** Overhead of a reply, as OpenAI counts. */
const TOKENS_PER_REPLY = 3;
/** Estimate. */
const TOKENS_PER_IMAGE = 1100;
/** Safety margin: the published way of counting is not exact. */
const MARGIN = 0.05;
const MAX_NAME_CHARS = 80;
/** `customType` of notices. They are left out of prompts: a model that reads them starts to apologise. */
export const NOTICE_TYPE = 'ai_notice';

const PARAGRAPHS = /\n[^\S\n]*\n\s*/;

/** @param askedAt time of the trigger, so that a later regeneration has the same context */
export function toContextOptions(ai: AiSettings, { kind }: { kind: ChatKind }, askedAt: Date): ContextOptions {
  const names = ai.contextNames ?? 'groups';
  return {
    system: ai.systemJoin === 'separate' ? paragraphsOf(ai.systemMessage) : [ai.systemMessage],
    includesNames: names === 'always' || (names === 'groups' && kind !== 'personal'),
    includesBots: ai.contextBots ?? false,
    since: Math.max(ai.contextSince ?? 0, ai.contextMaxAge ? askedAt.getTime() - ai.contextMaxAge * 1000 : 0),
  };
}

const paragraphsOf = (text: string): string[] => {
  const paragraphs = text.split(PARAGRAPHS).filter((paragraph) => paragraph.trim() !== '');
  return paragraphs.length > 0 ? paragraphs : [text];
};

/**
 * Builds the context of a chat for a model: the system messages, and as many of the newest messages as fit, oldest first. It always
 * has the trigger. A reply with tool rounds is included with all of them or not at all, because models reject a call without its
 * result and a result without its call. User input never becomes part of a system message. The same chat yields the same prefix, so
 * that providers can cache it.
 */
export function buildContext(conversation: Conversation, limits: ContextLimits, count: TokenCounter): Context {
  const { summary } = conversation;
  const system = conversation.system.map((content): PromptMessage => ({ role: 'system', content }));
  const head = summary ? [...system, toSummaryMessage(summary.body)] : system;
  const maxTokens = Math.floor(limits.maxTokens * (1 - MARGIN));
  let tokens = TOKENS_PER_REPLY + countPromptTokens(head, count) + (conversation.toolTokens ?? 0);
  let isTriggerCut = false;
  const selected: { id: string; unit: PromptMessage[]; images: FileEntity[] }[] = [];
  let imagesLeft = limits.maxImages;
  for (const message of sinceReset(conversation).toReversed()) {
    const isTrigger = message.id === conversation.triggerId;
    const isSummarized = !isTrigger && message.seq <= (summary?.upToSeq ?? 0);
    const unit = isSummarized ? undefined : toUnit(message, conversation);
    if (!unit) continue;
    if (!isTrigger && selected.length >= limits.maxMessages) break;
    const images = message.senderId === conversation.botId ? [] : imagesOf(message, conversation).slice(0, imagesLeft);
    let tokenCount = countPromptTokens(unit, count) + images.length * TOKENS_PER_IMAGE;
    if (tokens + tokenCount > maxTokens) {
      if (!isTrigger) break;
      images.length = 0;
      truncateToFit(unit, maxTokens - tokens, count);
      tokenCount = countPromptTokens(unit, count);
      isTriggerCut = true;
    }
    tokens += tokenCount;
    imagesLeft -= images.length;
    selected.unshift({ id: message.id, unit, images });
    if (isTriggerCut) break;
  }
  const messages = [head, ...selected.map(({ unit }) => unit)].flat();
  return {
    messages,
    images: selected.flatMap(({ unit, images }) => images.map((file) => ({ at: messages.indexOf(unit[0]), file }))),
    messageIds: selected.map(({ id }) => id),
    hasSummary: summary !== undefined,
    tokens,
    isTriggerTruncated: isTriggerCut,
  };
}

/** A message that starts with `/reset` clears the context. */
export const isReset = (body: string): boolean => /^\/reset\b/i.test(body);

/** @returns the messages after the last `/reset` of a user */
export function sinceReset({
  messages,
  users,
  triggerId,
}: Pick<Conversation, 'messages' | 'users'> & { triggerId?: string }): readonly MessageEntity[] {
  const last = messages.findLastIndex(
    ({ body, senderId }) => isReset(body) && users.get(senderId ?? '')?.kind !== 'bot',
  );
  // The trigger itself is kept: it may contain a question.
  return messages.slice(last >= 0 && messages[last].id === triggerId ? last : last + 1);
}

/** Messages that are included or left out together: a reply after its tool rounds, or the trigger before them. */
function toUnit(message: MessageEntity, conversation: Conversation): PromptMessage[] | undefined {
  const prompt = toPromptMessage(message, conversation);
  if (!prompt) return undefined;
  const rounds = conversation.rounds?.get(message.id) ?? [];
  if (message.senderId !== conversation.botId) return [prompt, ...toPromptMessages(rounds)];
  return [...toPromptMessages(withoutText(rounds)), prompt];
}

export function toPromptMessage(
  message: MessageEntity,
  conversation: Omit<Conversation, 'messages' | 'triggerId'>,
): PromptMessage | undefined {
  if (message.removedAt || message.kind === 'admin' || message.senderId === null) return undefined;
  if (message.customType === NOTICE_TYPE || message.extras?.answer?.state === 'notice') return undefined;
  const text = [message.body, ...filesOf(message, conversation)].filter(Boolean).join('\n');
  if (!text.trim()) return undefined;
  if (message.senderId === conversation.botId) {
    const isComplete = message.extras?.answer === undefined || message.extras.answer.state === 'completed';
    return { role: 'assistant', content: isComplete ? text : `${text} [interrupted]` };
  }
  const sender = conversation.users.get(message.senderId);
  const isBot = sender?.kind === 'bot';
  if (isBot && !conversation.includesBots) return undefined;
  // Messages of bots always have a name, to set them off from those of the user.
  const name = isBot || conversation.includesNames ? `${cleanName(sender?.nickname ?? 'Someone')}: ` : '';
  return { role: 'user', content: name + text };
}

const filesOf = ({ attachmentIds }: MessageEntity, { files }: Pick<Conversation, 'files'>): string[] =>
  attachmentIds.flatMap((id) => {
    const file = files.get(id);
    return file ? [`[file: ${cleanName(file.name)}, ${file.mimeType}, ${file.sizeBytes} bytes]`] : [];
  });

const imagesOf = ({ attachmentIds }: MessageEntity, { files }: Conversation): FileEntity[] =>
  attachmentIds.flatMap((id) => files.get(id) ?? []).filter(({ kind }) => kind === 'image');

/** Removes characters with which a name could imitate another message. */
export const cleanName = (name: string): string => {
  const visible = name
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, ' ')
    .replaceAll(':', ' ')
    .trim();
  return cutText(visible, MAX_NAME_CHARS) || 'Someone';
};
