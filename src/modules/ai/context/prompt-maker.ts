import { Injectable } from '@nestjs/common';
import { PictureReader } from '../../files/index.js';
import type { AiRunEntity } from '../ai-run.entity.js';
import { EarlierAnswers } from '../earlier-answers.js';
import { buildContext, type Context, type ContextLimits } from './context-builder.js';
import { type Continuation, continuationOf, NO_CONTINUATION } from './continuation.js';
import { ConversationReader, type PromptScene } from './conversation.reader.js';
import { Tokenizer } from './tokenizer.js';

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
  ) {}

  async make(run: AiRunEntity, scene: PromptScene, limits: ContextLimits): Promise<Context> {
    const [conversation, count, before] = await Promise.all([
      this.conversations.read(run, scene, limits.maxMessages),
      this.tokenizer.counter(),
      run.isContinued ? this.earlier.of(run) : undefined,
    ]);
    const rest = before?.answer
      ? continuationOf(before.answer.body, Math.floor(limits.maxTokens / 2), count)
      : NO_CONTINUATION;
    const context = buildContext(conversation, { ...limits, maxTokens: limits.maxTokens - rest.tokens }, count);
    await this.show(context);
    return continued(context, rest);
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
