import { cutText } from '../../../core/text/storable-text.js';
import type { FileEntity } from '../../files/index.js';
import type { MessageEntity } from '../../messages/index.js';
import type { UserEntity } from '../../users/index.js';
import type { PromptMessage } from '../model/model.types.js';
import type { Summary } from '../summary/summaries.repository.js';
import { toRemembered } from '../summary/summary-prompt.js';
import { toPrompt, type ToolRound, wordless } from '../tools/tool-rounds.js';
import type { ContextChoice } from './context-choice.js';
import { type Counter, cutToFit, priceOf } from './prompt-unit.js';

/** What a model is to be told of. */
export interface Conversation extends Omit<ContextChoice, 'since'> {
  botId: string;
  /** Oldest first; the one to be answered is the last. */
  messages: readonly MessageEntity[];
  triggerId: string;
  users: ReadonlyMap<string, UserEntity>;
  files: ReadonlyMap<string, FileEntity>;
  /** What tools have said for the bot's answers, by the ids of these; and for the message to be answered, so far, by its id. */
  rounds?: ReadonlyMap<string, readonly ToolRound[]>;
  /** What the descriptions of the tools cost that the model may ask for. */
  toolTokens?: number;
  /** What was said before, in few words. */
  summary?: Summary;
}

export interface ContextLimits {
  /** Of messages, the system's not counted. */
  maxMessages: number;
  maxTokens: number;
  /** Of pictures that are shown to the model; the others are named only. */
  maxImages: number;
}

export interface Context {
  messages: PromptMessage[];
  /** The newest pictures, and in which of the messages they stand. */
  pictures: { at: number; file: FileEntity }[];
  /** The messages of the chat in it, oldest first. */
  messageIds: string[];
  /** Other messages are told of in few words. */
  hasSummary: boolean;
  /** By our own count. */
  tokens: number;
  /** The message to be answered was too long by itself, and lacks its middle. */
  isTriggerCut: boolean;
}

/** What the beginning of an answer costs, as the models' maker counts. */
const TOKENS_PER_REPLY = 3;
/** What a picture costs, about. */
const TOKENS_PER_IMAGE = 1100;
/** The published way of counting is off by one here and there. */
const MARGIN = 0.05;
const MAX_NAME_CHARS = 80;
/** Markers of notices: they are for people, and a model that reads them learns to apologise. */
export const NOTICE_TYPE = 'ai_notice';

/**
 * Chooses what of a chat a model is told: the system's words, and as many of the newest messages as fit, oldest first. The
 * message that is answered is always in it. An answer that was made with the help of tools is told with all that these have said,
 * or not at all: models refuse a call without its result, and a result without its call. Nothing that a person has typed ever gets
 * into the system's words, and the same chat gives the same beginning each time, so that providers can keep it in their caches.
 */
export function buildContext(conversation: Conversation, limits: ContextLimits, count: Counter): Context {
  const { summary } = conversation;
  const system = conversation.system.map((content): PromptMessage => ({ role: 'system', content }));
  const head = summary ? [...system, toRemembered(summary.body)] : system;
  const budget = Math.floor(limits.maxTokens * (1 - MARGIN));
  let tokens = TOKENS_PER_REPLY + priceOf(head, count) + (conversation.toolTokens ?? 0);
  let isTriggerCut = false;
  const chosen: { id: string; unit: PromptMessage[]; pictures: FileEntity[] }[] = [];
  let imagesLeft = limits.maxImages;
  for (const message of sinceReset(conversation).toReversed()) {
    const isTrigger = message.id === conversation.triggerId;
    const isSummarised = !isTrigger && message.seq <= (summary?.upToSeq ?? 0);
    const unit = isSummarised ? undefined : toUnit(message, conversation);
    if (!unit) continue;
    if (!isTrigger && chosen.length >= limits.maxMessages) break;
    const pictures =
      message.senderId === conversation.botId ? [] : picturesOf(message, conversation).slice(0, imagesLeft);
    let price = priceOf(unit, count) + pictures.length * TOKENS_PER_IMAGE;
    if (tokens + price > budget) {
      if (!isTrigger) break;
      pictures.length = 0;
      cutToFit(unit, budget - tokens, count);
      price = priceOf(unit, count);
      isTriggerCut = true;
    }
    tokens += price;
    imagesLeft -= pictures.length;
    chosen.unshift({ id: message.id, unit, pictures });
    if (isTriggerCut) break;
  }
  const messages = [head, ...chosen.map(({ unit }) => unit)].flat();
  return {
    messages,
    pictures: chosen.flatMap(({ unit, pictures }) => pictures.map((file) => ({ at: messages.indexOf(unit[0]), file }))),
    messageIds: chosen.map(({ id }) => id),
    hasSummary: summary !== undefined,
    tokens,
    isTriggerCut,
  };
}

/** A person can have the bot forget: so begins a message that does. */
export const isReset = (body: string): boolean => /^\/reset\b/i.test(body);

/** A person can have the bot forget: what was said before the last `/reset` is not told. */
export function sinceReset({
  messages,
  users,
  triggerId,
}: Pick<Conversation, 'messages' | 'users'> & { triggerId?: string }): readonly MessageEntity[] {
  const last = messages.findLastIndex(
    ({ body, senderId }) => isReset(body) && users.get(senderId ?? '')?.kind !== 'bot',
  );
  // A question may come with it.
  return messages.slice(last >= 0 && messages[last].id === triggerId ? last : last + 1);
}

/** What stands or falls together: what was said, behind what tools have said for it; the message to be answered before that. */
function toUnit(message: MessageEntity, conversation: Conversation): PromptMessage[] | undefined {
  const said = toPromptMessage(message, conversation);
  if (!said) return undefined;
  const rounds = conversation.rounds?.get(message.id) ?? [];
  if (message.senderId !== conversation.botId) return [said, ...toPrompt(rounds)];
  return [...toPrompt(wordless(rounds)), said];
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
    const isWhole = message.extras?.answer === undefined || message.extras.answer.state === 'completed';
    return { role: 'assistant', content: isWhole ? text : `${text} [interrupted]` };
  }
  const sender = conversation.users.get(message.senderId);
  const isBot = sender?.kind === 'bot';
  if (isBot && !conversation.tellsBots) return undefined;
  // What a bot has said must not look like the words of the person who is answered.
  const name = isBot || conversation.showsNames ? `${cleanName(sender?.nickname ?? 'Somebody')}: ` : '';
  return { role: 'user', content: name + text };
}

const filesOf = ({ attachmentIds }: MessageEntity, { files }: Pick<Conversation, 'files'>): string[] =>
  attachmentIds.flatMap((id) => {
    const file = files.get(id);
    return file ? [`[file: ${cleanName(file.name)}, ${file.mimeType}, ${file.sizeBytes} bytes]`] : [];
  });

const picturesOf = ({ attachmentIds }: MessageEntity, { files }: Conversation): FileEntity[] =>
  attachmentIds.flatMap((id) => files.get(id) ?? []).filter(({ kind }) => kind === 'image');

/** A name must not be able to look like something else that was said. */
export const cleanName = (name: string): string => {
  const visible = name
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, ' ')
    .replaceAll(':', ' ')
    .trim();
  return cutText(visible, MAX_NAME_CHARS) || 'Somebody';
};
