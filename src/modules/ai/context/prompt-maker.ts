import { Injectable } from '@nestjs/common';
import { PictureReader } from '../../files/index.js';
import type { AiRunEntity } from '../ai-run.entity.js';
import { EarlierAnswers } from '../earlier-answers.js';
import type { ToolSpec } from '../model/model.types.js';
import { type ToolRound, wordless } from '../tools/tool-rounds.js';
import { buildContext, type Context, type ContextLimits } from './context-builder.js';
import { type Continuation, continuationOf, NO_CONTINUATION } from './continuation.js';
import { TokenFactors } from '../model/token-factors.js';
import { ConversationReader, type PromptScene } from './conversation.reader.js';
import { RoundReader } from './round-reader.js';
import { Tokenizer } from './tokenizer.js';

/** What the model has to do with tools, for this answer. */
export interface PromptTools {
  rounds: readonly ToolRound[];
  offered: readonly ToolSpec[];
}

/** What a model is told, counted as it is known to count. */
export interface Prompt extends Context {
  /** Its tokens for one of ours. */
  factor: number;
}

/** Larger ones are shown by their previews. */
const MAX_IMAGE_BYTES = 4 * 1024 * 1024;

/** Makes of a chat what a model is told. */
@Injectable()
export class PromptMaker {
  constructor(
    private readonly conversations: ConversationReader,
    private readonly tokenizer: Tokenizer,
    private readonly earlier: EarlierAnswers,
    private readonly pictures: PictureReader,
    private readonly rounds: RoundReader,
    private readonly factors: TokenFactors,
  ) {}

  /** @param tools what these have said so far, and which of them the model may ask for */
  async make(run: AiRunEntity, scene: PromptScene, limits: ContextLimits, tools: PromptTools): Promise<Prompt> {
    const [conversation, countOurs, factor, before] = await Promise.all([
      this.conversations.read(run, scene, limits.maxMessages),
      this.tokenizer.counter(),
      this.factors.of(scene.target),
      run.isContinued ? this.earlier.of(run) : undefined,
    ]);
    const count = (text: string): number => Math.ceil(countOurs(text) * factor);
    const { answer } = before ?? {};
    const rounds = await this.rounds.read(scene, answer ? [...conversation.messages, answer] : conversation.messages);
    const rest = answer
      ? continuationOf(answer.body, tools.rounds, Math.floor(limits.maxTokens / 2), count)
      : NO_CONTINUATION;
    rounds.set(scene.trigger.id, answer ? wordless(rounds.get(answer.id) ?? []) : tools.rounds);
    const toolTokens = tools.offered.length > 0 ? count(JSON.stringify(tools.offered)) : 0;
    const room = { ...limits, maxTokens: limits.maxTokens - rest.tokens };
    const context = buildContext({ ...conversation, rounds, toolTokens }, room, count);
    await this.show(context);
    return { ...continued(context, rest), factor };
  }

  /** Puts the pictures into the messages that they came with. */
  private async show({ messages, pictures }: Context): Promise<void> {
    const read = await Promise.all(pictures.map(({ file }) => this.pictures.read(file, MAX_IMAGE_BYTES)));
    for (const [i, picture] of read.entries()) {
      if (!picture) continue;
      const message = messages[pictures[i].at];
      const url = `data:${picture.mimeType};base64,${picture.bytes.toString('base64')}`;
      message.images = [...(message.images ?? []), { url }];
    }
  }
}

const continued = (context: Context, { messages, tokens }: Continuation): Context => ({
  ...context,
  messages: [...context.messages, ...messages],
  tokens: context.tokens + tokens,
});
