import { Injectable } from '@nestjs/common';
import { AiModuleSettings } from '../../ai.settings.js';
import { aiSettingsOf, BotsService } from '../../../bots/index.js';
import { ChatsService } from '../../../chats/index.js';
import type { BotChatKey } from '../../ai.queues.js';
import { sinceReset, toPromptMessage } from '../context/context-builder.js';
import { ConversationLoader, type BotChat } from '../context/conversation-loader.js';
import { countPromptTokens } from '../context/prompt-unit.js';
import { Tokenizer } from '../context/tokenizer.js';
import type { Summary } from './summaries.repository.js';
import {
  firstWithinBudget,
  type RetainedContextLimits,
  selectMessagesToSummarize,
  type ConversationMessage,
} from './summary-prompt.js';

/** Messages read for a summary. Older ones are ignored: a first summary of a long chat would take many requests. */
const MAX_MESSAGES = 400;
/** Tokens added to a summary per request. */
const MAX_NEW_TOKENS = 6000;

/** The input for a new summary. */
export interface SummaryInput {
  summary: Summary | undefined;
  /** `upToSeq` of the stored summary when it was read. */
  version: number;
  /** Messages that the next request adds to the summary, oldest first. Empty if there are too few. */
  newMessages: readonly ConversationMessage[];
}

/** Loads the input for summaries. */
@Injectable()
export class SummaryInputLoader {
  constructor(
    private readonly bots: BotsService,
    private readonly chats: ChatsService,
    private readonly conversations: ConversationLoader,
    private readonly tokenizer: Tokenizer,
    private readonly settings: AiModuleSettings,
  ) {}

  /** @returns undefined if the bot keeps no summary of the chat */
  async findBotChat({ botId, chatId }: BotChatKey): Promise<BotChat | undefined> {
    const [profile, chat] = await Promise.all([this.bots.find(botId), this.chats.find(chatId)]);
    const ai = profile && aiSettingsOf(profile.bot);
    if (!profile || !chat || !ai?.contextSummary || profile.bot.isDisabled) return undefined;
    return this.settings.aiMode === 'fake' ? undefined : { bot: profile.bot, ai, chat };
  }

  async load(botChat: BotChat): Promise<SummaryInput> {
    const [{ conversation, summary, stored }, count] = await Promise.all([
      this.conversations.loadWithSummary(botChat, MAX_MESSAGES),
      this.tokenizer.counter(),
    ]);
    // An invalidated summary is empty, but its `upToSeq` still excludes older messages.
    const upToSeq = stored && (summary || stored.body === '') ? stored.upToSeq : 0;
    const candidates = sinceReset(conversation).flatMap((message): ConversationMessage[] => {
      const prompt = message.seq > upToSeq ? toPromptMessage(message, conversation) : undefined;
      return prompt ? [{ message, prompt }] : [];
    });
    const tokensOf = (prompt: ConversationMessage['prompt']) => countPromptTokens([prompt], count);
    const newMessages = firstWithinBudget(
      selectMessagesToSummarize(candidates, this.limitsOf(botChat), tokensOf),
      MAX_NEW_TOKENS,
      tokensOf,
    );
    return { summary, version: stored?.upToSeq ?? 0, newMessages };
  }

  private limitsOf({ ai }: BotChat): RetainedContextLimits {
    return {
      maxMessages: ai.contextMessages ?? this.settings.AI_CONTEXT_MESSAGES,
      maxTokens: ai.contextTokens ?? this.settings.AI_CONTEXT_TOKENS,
    };
  }
}
