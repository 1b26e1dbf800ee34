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

/** What is older is not remembered by a bot that begins to: it would cost many requests at once. */
const MAX_MESSAGES = 400;
/** Tokens that become a part of a summary with one request. */
const FOLD_TOKENS = 6000;

/** What is known of a chat when its summary is made. */
export interface Memory {
  summary: Summary | undefined;
  /** Up to where what is kept went when it was read. */
  version: number;
  /** What is to become a part of it with the next request, oldest first; nothing when it is not worth it. */
  folded: readonly ToldMessage[];
}

/** Reads what there is to remember. */
@Injectable()
export class MemoryReader {
  constructor(
    private readonly bots: BotsService,
    private readonly chats: ChatsService,
    private readonly reader: ConversationReader,
    private readonly tokenizer: Tokenizer,
    private readonly settings: Settings,
  ) {}

  /** @returns undefined when nobody remembers anything there */
  async placeOf({ botId, chatId }: RunKey): Promise<PromptPlace | undefined> {
    const [profile, chat] = await Promise.all([this.bots.find(botId), this.chats.find(chatId)]);
    const ai = profile && aiOf(profile.bot);
    if (!profile || !chat || !ai?.contextSummary || profile.bot.isDisabled) return undefined;
    return this.settings.aiMode === 'fake' ? undefined : { bot: profile.bot, ai, chat };
  }

  async read(place: PromptPlace): Promise<Memory> {
    const [{ heard, summary, kept }, count] = await Promise.all([
      this.reader.recall(place, MAX_MESSAGES),
      this.tokenizer.counter(),
    ]);
    // One that was forgotten still tells from where on there is something to remember.
    const upToSeq = kept && (summary || kept.body === '') ? kept.upToSeq : 0;
    const said = sinceReset(heard).flatMap((message): ToldMessage[] => {
      const told = message.seq > upToSeq ? toPromptMessage(message, heard) : undefined;
      return told ? [{ message, told }] : [];
    });
    const price = (told: ToldMessage['told']) => priceOf([told], count);
    const folded = firstOf(toFold(said, this.limitsOf(place), price), FOLD_TOKENS, price);
    return { summary, version: kept?.upToSeq ?? 0, folded };
  }

  private limitsOf({ ai }: PromptPlace): FoldLimits {
    return {
      maxMessages: ai.contextMessages ?? this.settings.AI_CONTEXT_MESSAGES,
      maxTokens: ai.contextTokens ?? this.settings.AI_CONTEXT_TOKENS,
    };
  }
}
