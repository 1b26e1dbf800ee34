import { Injectable } from '@nestjs/common';
import type { AiSettings, BotEntity } from '../../bots/index.js';
import type { ChatEntity } from '../../chats/index.js';
import type { MessageEntity } from '../../messages/index.js';
import type { AiRunEntity } from '../ai-run.entity.js';
import { buildContext, type Context, type ContextLimits } from './context-builder.js';
import { ConversationReader } from './conversation.reader.js';
import { Tokenizer } from './tokenizer.js';

export interface PromptScene {
  bot: BotEntity;
  ai: AiSettings;
  chat: ChatEntity;
  trigger: MessageEntity;
}

/** Makes of a chat what a model is told. */
@Injectable()
export class PromptMaker {
  constructor(
    private readonly conversations: ConversationReader,
    private readonly tokenizer: Tokenizer,
  ) {}

  async make(run: AiRunEntity, { bot, ai, chat, trigger }: PromptScene, limits: ContextLimits): Promise<Context> {
    const [conversation, count] = await Promise.all([
      this.conversations.read(run, bot, chat, trigger, limits.maxMessages),
      this.tokenizer.counter(),
    ]);
    return buildContext({ ...conversation, systemMessage: ai.systemMessage }, limits, count);
  }
}
