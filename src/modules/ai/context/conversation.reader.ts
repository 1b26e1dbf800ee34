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

/** A bot in a chat. */
export interface PromptPlace {
  bot: BotEntity;
  ai: AiSettings;
  chat: ChatEntity;
}

/** Where something is answered, by whom. */
export interface PromptScene extends PromptPlace {
  trigger: MessageEntity;
  /** By whose way of counting. */
  target: ModelTarget;
}

/** What was said, as a bot has heard it. */
export type Heard = Omit<Conversation, 'triggerId' | 'summary'>;

export interface Recollection {
  heard: Heard;
  /** Undefined also for one of which the bot may not know all any more. */
  summary: Summary | undefined;
  /** As it is in the database. */
  kept: Summary | undefined;
}

interface Range {
  /** Milliseconds since 1970. */
  before: number;
  limit: number;
  /** Of which all of it is the surroundings. */
  trigger?: MessageEntity;
}

/** Messages are read in some excess of those that are told: notices, other bots and the like are not. */
const EXCESS = 2;
const A_DAY_MS = 86_400_000;

/** Reads what was said in a chat, as far as the bot has heard it. */
@Injectable()
export class ConversationReader {
  constructor(
    private readonly messages: MessagesService,
    private readonly chats: ChatsService,
    private readonly summaries: SummariesRepository,
  ) {}

  /** What there is to tell of a chat for the answer to a message. */
  async read(run: AiRunEntity, scene: PromptScene, limit: number): Promise<Conversation> {
    const { bot, ai, chat, trigger } = scene;
    // Another answer to an old message must not know what came after it.
    const before = run.attempt > 1 ? trigger.createdAt.getTime() : Date.now() + A_DAY_MS;
    const [{ heard, start }, summary] = await Promise.all([
      this.hear(scene, { before, limit: limit * EXCESS, trigger }),
      ai.contextSummary ? this.summaries.find({ botId: bot.id, chatId: chat.id }) : undefined,
    ]);
    // What is answered comes last, also when answers to earlier messages were given after it.
    const conversation = { ...heard, messages: [...heard.messages, trigger], triggerId: trigger.id };
    return summary && isOf(summary, start) && summary.upToSeq < trigger.seq
      ? { ...conversation, summary }
      : conversation;
  }

  /** The newest of all that the bot has heard in a chat, oldest first, and what it remembers of the time before. */
  async recall(place: PromptPlace, limit: number): Promise<Recollection> {
    const { bot, chat } = place;
    const [{ heard, start }, kept] = await Promise.all([
      this.hear(place, { before: Date.now() + A_DAY_MS, limit }),
      this.summaries.find({ botId: bot.id, chatId: chat.id }),
    ]);
    return { heard, kept, summary: kept && isOf(kept, start) ? kept : undefined };
  }

  private async hear(place: PromptPlace, range: Range): Promise<{ heard: Heard; start: Start }> {
    const { bot, ai, chat } = place;
    const { before, limit, trigger } = range;
    const { since, ...choice } = choiceOf(ai, chat, trigger?.createdAt ?? new Date());
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
    const isHeard = (message: MessageEntity): boolean => {
      if (message.id === trigger?.id || message.createdAt.getTime() < since) return false;
      if (message.senderId === bot.id) return message.seq >= joinedSeq;
      if (trigger && message.seq > trigger.seq) return false;
      const sender = users.get(message.senderId ?? '');
      // Lanes are not told of other bots, so that these cannot keep each other talking; a model may know of them.
      const isTold = sender?.kind === 'bot' && choice.tellsBots;
      const reason = skipReason(
        { seq: message.seq, message },
        { bot, isMember: isMemberNow && message.seq >= joinedSeq, sender: isTold ? undefined : sender },
      );
      return reason === undefined || (reason === 'privacy_mode' && chat.kind === 'personal');
    };
    return {
      heard: { ...choice, botId: bot.id, messages: found.filter(isHeard), users, files },
      start: { since: Math.max(since, membership?.historyFrom?.getTime() ?? 0), joinedSeq },
    };
  }
}

/** Where what a bot may know of a chat begins. */
interface Start {
  /** Milliseconds since 1970. */
  since: number;
  joinedSeq: number;
}

/** Whether there is one, of nothing but what the bot may still know. */
const isOf = ({ body, fromSeq, fromAt }: Summary, { since, joinedSeq }: Start): boolean =>
  body !== '' && fromSeq >= joinedSeq && (fromAt?.getTime() ?? 0) >= since;
