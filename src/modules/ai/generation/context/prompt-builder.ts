import { Injectable } from '@nestjs/common';
import { ImageReader } from '../../../files/index.js';
import type { MessageEntity } from '../../../messages/index.js';
import type { PromptMessage, ToolSpec } from '../../providers/model.types.js';
import type { CompletionRun } from '../completion.js';
import { withoutTruncationMark } from '../reply-parts.js';
import { ToolCallsRepository } from '../tools/tool-calls.repository.js';
import { toPromptMessages, type ToolRound, toRounds, withoutText } from '../tools/tool-rounds.js';
import { buildContext, type Context, type ContextLimits } from './context-builder.js';
import { TokenCountCalibration } from '../../providers/token-count-calibration.js';
import { ConversationLoader, type PromptInput } from './conversation-loader.js';
import { countPromptTokens, type TokenCounter, truncateToFit } from './prompt-unit.js';
import { Tokenizer } from './tokenizer.js';

/** The parts of a prompt that come from its run. */
export interface PromptParts {
  /** Tool rounds of the run so far. */
  rounds: readonly ToolRound[];
  /** Tools that the model may call. */
  offered: readonly ToolSpec[];
  /** The reply to continue, if the run continues one. */
  continuedReply: MessageEntity | undefined;
}

/** A context with calibrated token counts. */
export interface Prompt extends Context {
  /** Tokens of the model per locally counted token. */
  factor: number;
}

/** Larger images are replaced by their previews. */
const MAX_IMAGE_BYTES = 4 * 1024 * 1024;

/** Builds the prompt of a run. */
@Injectable()
export class PromptBuilder {
  constructor(
    private readonly conversations: ConversationLoader,
    private readonly tokenizer: Tokenizer,
    private readonly images: ImageReader,
    private readonly toolCalls: ToolCallsRepository,
    private readonly calibration: TokenCountCalibration,
  ) {}

  async build(
    run: Pick<CompletionRun, 'attempt'>,
    input: PromptInput,
    limits: ContextLimits,
    { rounds: ownRounds, offered, continuedReply: reply }: PromptParts,
  ): Promise<Prompt> {
    const [conversation, countLocally, factor] = await Promise.all([
      this.conversations.load(run, input, limits.maxMessages),
      this.tokenizer.counter(),
      this.calibration.getFactor(input.target),
    ]);
    const count = (text: string): number => Math.ceil(countLocally(text) * factor);
    const rounds = await this.loadRounds(input, reply ? [...conversation.messages, reply] : conversation.messages);
    const rest = reply
      ? continuationOf(reply.body, ownRounds, Math.floor(limits.maxTokens / 2), count)
      : NO_CONTINUATION;
    rounds.set(input.trigger.id, reply ? withoutText(rounds.get(reply.id) ?? []) : ownRounds);
    const toolTokens = offered.length > 0 ? count(JSON.stringify(offered)) : 0;
    const reducedLimits = { ...limits, maxTokens: limits.maxTokens - rest.tokens };
    const context = buildContext({ ...conversation, rounds, toolTokens }, reducedLimits, count);
    await this.attachImages(context);
    return { ...continued(context, rest), factor };
  }

  /**
   * Loads the tool rounds of the bot's replies.
   *
   * @returns by message id. Empty if the bot has no tools: not every server accepts calls without tool definitions
   */
  private async loadRounds(
    { bot, ai }: PromptInput,
    messages: readonly MessageEntity[],
  ): Promise<Map<string, readonly ToolRound[]>> {
    const replies = messages.flatMap(({ id, senderId, extras }) =>
      senderId === bot.id && extras?.draftId ? [{ id, runId: extras.draftId }] : [],
    );
    if (replies.length === 0 || !ai.tools?.length) return new Map();
    const calls = await this.toolCalls.listByReplies(replies.map(({ runId }) => runId));
    return new Map(
      replies.flatMap(({ id, runId }) => {
        const rounds = toRounds(calls.filter(({ lastRunId }) => lastRunId === runId));
        return rounds.length > 0 ? [[id, rounds] as const] : [];
      }),
    );
  }

  /** Attaches the images to their messages. */
  private async attachImages({ messages, images }: Context): Promise<void> {
    const read = await Promise.all(images.map(({ file }) => this.images.read(file, MAX_IMAGE_BYTES)));
    for (const [i, image] of read.entries()) {
      if (!image) continue;
      const message = messages[images[i].at];
      const url = `data:${image.mimeType};base64,${image.bytes.toString('base64')}`;
      message.images = [...(message.images ?? []), { url }];
    }
  }
}

const continued = (context: Context, { messages, tokens }: Continuation): Context => ({
  ...context,
  messages: [...context.messages, ...messages],
  tokens: context.tokens + tokens,
});

/** Without an instruction, models start over. */
const CONTINUE = 'Go on exactly where you stopped. Repeat nothing, and do not introduce it.';

/** Messages that make a model continue a reply. */
interface Continuation {
  messages: PromptMessage[];
  tokens: number;
}

const NO_CONTINUATION: Continuation = { messages: [], tokens: 0 };

/**
 * @param rounds tool rounds of this run
 * @param maxTokens limit for the end of the reply, and for the messages after it
 */
function continuationOf(
  reply: string,
  rounds: readonly ToolRound[],
  maxTokens: number,
  count: TokenCounter,
): Continuation {
  let text = withoutTruncationMark(reply);
  while (text.length > 1 && count(text) > maxTokens) text = text.slice(Math.ceil(text.length * 0.2));
  const rest: PromptMessage[] = [{ role: 'user', content: CONTINUE }, ...toPromptMessages(rounds)];
  truncateToFit(rest, maxTokens, count);
  const messages: PromptMessage[] = [{ role: 'assistant', content: text }, ...rest];
  return { messages, tokens: countPromptTokens(messages, count) };
}
