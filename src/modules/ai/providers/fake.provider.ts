import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { cutText } from '../../../core/text/storable-text.js';
import type { ModelEvent, ModelProvider, PromptMessage, WireRequest } from './model.types.js';

const WORD_MS = 15;
const MAX_QUOTE = 300;

/** Built-in stand-in without a model. Its replies say so. It costs nothing and needs no network. */
@Injectable()
export class FakeProvider implements ModelProvider {
  async *stream({ body }: WireRequest, signal: AbortSignal): AsyncGenerator<ModelEvent> {
    yield { type: 'begun', requestId: 'built-in' };
    const messages = (body.messages ?? body.input) as readonly PromptMessage[];
    const words = replyTo(messages).match(/\S+\s*/g) ?? [];
    for (const word of words) {
      await sleep(WORD_MS, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      yield { type: 'text', text: word };
    }
    yield { type: 'finished', reason: 'stop' };
  }
}

function replyTo(messages: readonly PromptMessage[]): string {
  const text = messages.findLast(({ role }) => role === 'user')?.content ?? '';
  const quote = text.length > MAX_QUOTE ? `${cutText(text, MAX_QUOTE)}…` : text;
  return (
    `No model is connected to this server, so this reply comes from a built-in stand-in. You wrote: "${quote}". ` +
    'The operator of the server can connect a model with OPENAI_API_KEY or OPENAI_BASE_URL.'
  );
}
