import { Injectable } from '@nestjs/common';
import { SYSTEM } from '../../auth/index.js';
import type { AiSettings, BotEntity } from '../../bots/index.js';
import { type ChatEntity, ChatsService } from '../../chats/index.js';
import { skipReason } from '../../deliveries/index.js';
import { type MessageEntity, MessagesService } from '../../messages/index.js';
import type { AiRunEntity } from '../ai-run.entity.js';
import { choiceOf } from './context-choice.js';
import type { Conversation } from './context-builder.js';

/** Where something is answered, by whom. */
export interface PromptScene {
  bot: BotEntity;
  ai: AiSettings;
  chat: ChatEntity;
  trigger: MessageEntity;
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
  ) {}

  async read(run: AiRunEntity, { bot, ai, chat, trigger }: PromptScene, limit: number): Promise<Conversation> {
    const { since, ...choice } = choiceOf(ai, chat, trigger.createdAt);
    // Another answer to an old message must not know what came after it.
    const at = run.attempt > 1 ? trigger.createdAt.getTime() : Date.now() + A_DAY_MS;
    const [found, [membership]] = await Promise.all([
      this.messages.around(SYSTEM, {
        chatId: chat.id,
        anchor: { at },
        before: limit * EXCESS,
        after: 0,
        include: false,
      }),
      this.chats.memberships([{ chatId: chat.id, userId: bot.id }]),
    ]);
    const { users, files } = await this.messages.surroundings([...found, trigger]);
    const isHeard = (message: MessageEntity): boolean => {
      if (message.id === trigger.id || message.createdAt.getTime() < since) return false;
      if (message.senderId === bot.id) return message.seq >= (membership?.joinedSeq ?? 0);
      if (message.seq > trigger.seq) return false;
      const sender = users.get(message.senderId ?? '');
      // Lanes are not told of other bots, so that these cannot keep each other talking; a model may know of them.
      const isTold = sender?.kind === 'bot' && choice.tellsBots;
      const reason = skipReason(
        { seq: message.seq, message },
        { bot, membership, sender: isTold ? undefined : sender },
      );
      return reason === undefined || (reason === 'privacy_mode' && chat.kind === 'personal');
    };
    // What is answered comes last, also when answers to earlier messages were given after it.
    const messages = [...found.filter(isHeard), trigger];
    return { ...choice, botId: bot.id, messages, triggerId: trigger.id, users, files };
  }
}
