import { Injectable } from '@nestjs/common';
import { SYSTEM_ACTOR } from '../../../auth/index.js';
import type { AiSettings, BotEntity } from '../../../bots/index.js';
import { type ChatEntity, ChatsService } from '../../../chats/index.js';
import { skipReason } from '../../../deliveries/index.js';
import { type MessageEntity, MessagesService } from '../../../messages/index.js';
import type { CompletionRun } from '../completion.js';
import { SummariesRepository, type Summary } from '../summary/summaries.repository.js';
import type { ModelTarget } from '../../providers/model.types.js';
import { type Conversation, toContextOptions } from './context-builder.js';

/** A bot in a chat, with its AI settings. */
export interface BotChat {
  bot: BotEntity;
  ai: AiSettings;
  chat: ChatEntity;
}

/** The input for a prompt. */
export interface PromptInput extends BotChat {
  trigger: MessageEntity;
  /** Decides how tokens are counted. */
  target: ModelTarget;
}

/** The messages that a bot may see. */
export type VisibleConversation = Omit<Conversation, 'triggerId' | 'summary'>;

export interface ConversationWithSummary {
  conversation: VisibleConversation;
  /** Undefined also if it covers messages that the bot may no longer see. */
  summary: Summary | undefined;
  /** The summary in the database. */
  stored: Summary | undefined;
}

interface Range {
  /** Milliseconds since 1970. */
  before: number;
  limit: number;
  /** The message to reply to. */
  trigger?: MessageEntity;
}

/** Messages read per message used: notices and messages of other bots are filtered out. */
const READ_FACTOR = 2;
const DAY_MS = 86_400_000;

/** Loads the messages of a chat that a bot may see. */
@Injectable()
export class ConversationLoader {
  constructor(
    private readonly messages: MessagesService,
    private readonly chats: ChatsService,
    private readonly summaries: SummariesRepository,
  ) {}

  /** Loads the conversation for the reply to a message. */
  async load({ attempt }: Pick<CompletionRun, 'attempt'>, input: PromptInput, limit: number): Promise<Conversation> {
    const { bot, ai, chat, trigger } = input;
    // A regeneration must not see messages after its trigger.
    const before = attempt > 1 ? trigger.createdAt.getTime() : Date.now() + DAY_MS;
    const [{ visible, start }, summary] = await Promise.all([
      this.loadVisible(input, { before, limit: limit * READ_FACTOR, trigger }),
      ai.contextSummary ? this.summaries.find({ botId: bot.id, chatId: chat.id }) : undefined,
    ]);
    // The trigger comes last, even after replies to earlier messages that were sent later.
    const conversation = { ...visible, messages: [...visible.messages, trigger], triggerId: trigger.id };
    return summary && isUsable(summary, start) && summary.upToSeq < trigger.seq
      ? { ...conversation, summary }
      : conversation;
  }

  /** Loads the newest visible messages, oldest first, and the summary of the earlier ones. */
  async loadWithSummary(botChat: BotChat, limit: number): Promise<ConversationWithSummary> {
    const { bot, chat } = botChat;
    const [{ visible, start }, stored] = await Promise.all([
      this.loadVisible(botChat, { before: Date.now() + DAY_MS, limit }),
      this.summaries.find({ botId: bot.id, chatId: chat.id }),
    ]);
    return { conversation: visible, stored, summary: stored && isUsable(stored, start) ? stored : undefined };
  }

  private async loadVisible(botChat: BotChat, range: Range): Promise<{ visible: VisibleConversation; start: Start }> {
    const { bot, ai, chat } = botChat;
    const { before, limit, trigger } = range;
    const { since, ...options } = toContextOptions(ai, chat, trigger?.createdAt ?? new Date());
    const [found, [membership]] = await Promise.all([
      this.messages.listAround(SYSTEM_ACTOR, {
        chatId: chat.id,
        anchor: { at: before },
        before: limit,
        after: 0,
        include: false,
        visibleTo: bot.id,
      }),
      this.chats.memberships([{ chatId: chat.id, userId: bot.id }]),
    ]);
    const { users, files } = await this.messages.loadReferences(trigger ? [...found, trigger] : found);
    const joinedSeq = membership?.joinedSeq ?? 0;
    const isMemberNow = membership?.state === 'joined';
    const isVisible = (message: MessageEntity): boolean => {
      if (message.id === trigger?.id || message.createdAt.getTime() < since) return false;
      if (message.senderId === bot.id) return message.seq >= joinedSeq;
      if (trigger && message.seq > trigger.seq) return false;
      const sender = users.get(message.senderId ?? '');
      // Bots receive no messages of other bots, to prevent loops, but a model may see them in its context.
      const isVisibleBot = sender?.kind === 'bot' && options.includesBots;
      const reason = skipReason(
        { seq: message.seq, message },
        { bot, isMember: isMemberNow && message.seq >= joinedSeq, sender: isVisibleBot ? undefined : sender },
      );
      return reason === undefined || (reason === 'privacy_mode' && chat.kind === 'personal');
    };
    return {
      visible: { ...options, botId: bot.id, messages: found.filter(isVisible), users, files },
      start: { since: Math.max(since, membership?.historyFrom?.getTime() ?? 0), joinedSeq },
    };
  }
}

/** From where on the bot may see a chat. */
interface Start {
  /** Milliseconds since 1970. */
  since: number;
  joinedSeq: number;
}

/** Whether the summary is not empty and covers only messages that the bot may see. */
const isUsable = ({ body, fromSeq, fromAt }: Summary, { since, joinedSeq }: Start): boolean =>
  body !== '' && fromSeq >= joinedSeq && (fromAt?.getTime() ?? 0) >= since;
