import { Injectable } from '@nestjs/common';
import { Settings } from '../../../core/config/settings.js';
import { aiOf, BotsService } from '../../bots/index.js';
import { ChatsService } from '../../chats/index.js';
import type { RunKey } from '../ai-runs.repository.js';
import { sinceReset, toPromptMessage } from '../context/context-builder.js';
import { ConversationReader, type PromptPlace } from '../context/conversation.reader.js';
import { priceOf } from '../context/prompt-unit.js';
import { Tokenizer } from '../context/tokenizer.js';
import type { Summary } from '../summary/summaries.repository.js';
import { firstOf, type FoldLimits, toFold, type ToldMessage } from '../summary/summary-prompt.js';

/** Messages read for a summary. Older ones are ignored: a first summary of a long chat would take many requests. */
const MAX_MESSAGES = 400;
/** Tokens added to a summary per request. */
const FOLD_TOKENS = 6000;

/** The input for a new summary. */
export interface Memory {
  summary: Summary | undefined;
  /** `upToSeq` of the stored summary when it was read. */
  version: number;
  /** Messages that the next request adds to the summary, oldest first. Empty if there are too few. */
  folded: readonly ToldMessage[];
}

/** Loads the input for summaries. */
@Injectable()
export class MemoryReader {
  constructor(
    private readonly bots: BotsService,
    private readonly chats: ChatsService,
    private readonly conversations: ConversationReader,
    private readonly tokenizer: Tokenizer,
    private readonly settings: Settings,
  ) {}

  /** @returns undefined if the bot keeps no summary of the chat */
  async placeOf({ botId, chatId }: RunKey): Promise<PromptPlace | undefined> {
    const [profile, chat] = await Promise.all([this.bots.find(botId), this.chats.find(chatId)]);
    const ai = profile && aiOf(profile.bot);
    if (!profile || !chat || !ai?.contextSummary || profile.bot.isDisabled) return undefined;
    return this.settings.aiMode === 'fake' ? undefined : { bot: profile.bot, ai, chat };
  }

  async read(botChat: PromptPlace): Promise<Memory> {
    const [{ heard: conversation, summary, kept: stored }, count] = await Promise.all([
      this.conversations.recall(botChat, MAX_MESSAGES),
      this.tokenizer.counter(),
    ]);
    // An invalidated summary is empty, but its `upToSeq` still excludes older messages.
    const upToSeq = stored && (summary || stored.body === '') ? stored.upToSeq : 0;
    const candidates = sinceReset(conversation).flatMap((message): ToldMessage[] => {
      const prompt = message.seq > upToSeq ? toPromptMessage(message, conversation) : undefined;
      return prompt ? [{ message, told: prompt }] : [];
    });
    const tokensOf = (prompt: ToldMessage['told']) => priceOf([prompt], count);
    const folded = firstOf(toFold(candidates, this.limitsOf(botChat), tokensOf), FOLD_TOKENS, tokensOf);
    return { summary, version: stored?.upToSeq ?? 0, folded };
  }

  private limitsOf({ ai }: PromptPlace): FoldLimits {
    return {
      maxMessages: ai.contextMessages ?? this.settings.AI_CONTEXT_MESSAGES,
      maxTokens: ai.contextTokens ?? this.settings.AI_CONTEXT_TOKENS,
    };
  }
}
