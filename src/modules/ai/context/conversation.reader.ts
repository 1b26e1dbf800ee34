import { Injectable } from '@nestjs/common';
import { SYSTEM } from '../../auth/index.js';
import type { AiSettings, BotEntity } from '../../bots/index.js';
import { type ChatEntity, ChatsService } from '../../chats/index.js';
import { skipReason } from '../../deliveries/index.js';
import { type MessageEntity, MessagesService } from '../../messages/index.js';
import type { AiRunEntity } from '../ai-run.entity.js';
import { SummariesRepository, type Summary } from '../summary/summaries.repository.js';
import type { ModelTarget } from '../model/model.types.js';
import { choiceOf } from './context-choice.js';
import type { Conversation } from './context-builder.js';

/** A bot in a chat, with its AI settings. */
export interface PromptPlace {
  bot: BotEntity;
  ai: AiSettings;
  chat: ChatEntity;
}

/** The input for a prompt. */
export interface PromptScene extends PromptPlace {
  trigger: MessageEntity;
  /** Decides how tokens are counted. */
  target: ModelTarget;
}

/** The messages that a bot may see. */
export type Heard = Omit<Conversation, 'triggerId' | 'summary'>;

export interface Recollection {
  heard: Heard;
  /** Undefined also if it covers messages that the bot may no longer see. */
  summary: Summary | undefined;
  /** The summary in the database. */
  kept: Summary | undefined;
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
export class ConversationReader {
  constructor(
    private readonly messages: MessagesService,
    private readonly chats: ChatsService,
    private readonly summaries: SummariesRepository,
  ) {}

  /** Loads the conversation for the reply to a message. */
  async read(run: AiRunEntity, input: PromptScene, limit: number): Promise<Conversation> {
    const { bot, ai, chat, trigger } = input;
    // A regeneration must not see messages after its trigger.
    const before = run.attempt > 1 ? trigger.createdAt.getTime() : Date.now() + DAY_MS;
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
  async recall(botChat: PromptPlace, limit: number): Promise<Recollection> {
    const { bot, chat } = botChat;
    const [{ visible, start }, stored] = await Promise.all([
      this.loadVisible(botChat, { before: Date.now() + DAY_MS, limit }),
      this.summaries.find({ botId: bot.id, chatId: chat.id }),
    ]);
    return { heard: visible, kept: stored, summary: stored && isUsable(stored, start) ? stored : undefined };
  }

  private async loadVisible(botChat: PromptPlace, range: Range): Promise<{ visible: Heard; start: Start }> {
    const { bot, ai, chat } = botChat;
    const { before, limit, trigger } = range;
    const { since, ...options } = choiceOf(ai, chat, trigger?.createdAt ?? new Date());
    const [found, [membership]] = await Promise.all([
      this.messages.around(SYSTEM, {
        chatId: chat.id,
        anchor: { at: before },
        before: limit,
        after: 0,
        include: false,
        visibleTo: bot.id,
      }),
      this.chats.memberships([{ chatId: chat.id, userId: bot.id }]),
    ]);
    const { users, files } = await this.messages.surroundings(trigger ? [...found, trigger] : found);
    const joinedSeq = membership?.joinedSeq ?? 0;
    const isMemberNow = membership?.state === 'joined';
    const isVisible = (message: MessageEntity): boolean => {
      if (message.id === trigger?.id || message.createdAt.getTime() < since) return false;
      if (message.senderId === bot.id) return message.seq >= joinedSeq;
      if (trigger && message.seq > trigger.seq) return false;
      const sender = users.get(message.senderId ?? '');
      // Bots receive no messages of other bots, to prevent loops, but a model may see them in its context.
      const isVisibleBot = sender?.kind === 'bot' && options.tellsBots;
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
