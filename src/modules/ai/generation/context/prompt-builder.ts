import { Injectable } from '@nestjs/common';
import { ImageReader } from '../../../files/index.js';
import type { AiRunEntity } from '../../runs/ai-run.entity.js';
import { EarlierRepliesLoader } from '../earlier-replies-loader.js';
import type { ToolSpec } from '../../providers/model.types.js';
import { type ToolRound, withoutText } from '../tools/tool-rounds.js';
import { buildContext, type Context, type ContextLimits } from './context-builder.js';
import { type Continuation, continuationOf, NO_CONTINUATION } from './continuation.js';
import { TokenCountCalibration } from '../../providers/token-count-calibration.js';
import { ConversationLoader, type PromptInput } from './conversation-loader.js';
import { ToolRoundsLoader } from './tool-rounds-loader.js';
import { Tokenizer } from './tokenizer.js';

/** Tool rounds so far, and the tools that the model may call. */
export interface PromptTools {
  rounds: readonly ToolRound[];
  offered: readonly ToolSpec[];
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
    private readonly earlierReplies: EarlierRepliesLoader,
    private readonly images: ImageReader,
    private readonly rounds: ToolRoundsLoader,
    private readonly calibration: TokenCountCalibration,
  ) {}

  async build(run: AiRunEntity, input: PromptInput, limits: ContextLimits, tools: PromptTools): Promise<Prompt> {
    const [conversation, countLocally, factor, before] = await Promise.all([
      this.conversations.load(run, input, limits.maxMessages),
      this.tokenizer.counter(),
      this.calibration.getFactor(input.target),
      run.isContinued ? this.earlierReplies.load(run) : undefined,
    ]);
    const count = (text: string): number => Math.ceil(countLocally(text) * factor);
    const { reply } = before ?? {};
    const rounds = await this.rounds.load(input, reply ? [...conversation.messages, reply] : conversation.messages);
    const rest = reply
      ? continuationOf(reply.body, tools.rounds, Math.floor(limits.maxTokens / 2), count)
      : NO_CONTINUATION;
    rounds.set(input.trigger.id, reply ? withoutText(rounds.get(reply.id) ?? []) : tools.rounds);
    const toolTokens = tools.offered.length > 0 ? count(JSON.stringify(tools.offered)) : 0;
    const reducedLimits = { ...limits, maxTokens: limits.maxTokens - rest.tokens };
    const context = buildContext({ ...conversation, rounds, toolTokens }, reducedLimits, count);
    await this.attachImages(context);
    return { ...continued(context, rest), factor };
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
