import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { cutText } from '../../../core/text/storable-text.js';
import type { ModelEvent, ModelProvider, PromptMessage, WireRequest } from './model.types.js';

const WORD_MS = 15;
const MAX_QUOTE = 300;

/** Answers where no model is connected, and says so. Costs nothing and needs no network. */
@Injectable()
export class FakeProvider implements ModelProvider {
  async *stream({ body }: WireRequest, signal: AbortSignal): AsyncGenerator<ModelEvent> {
    yield { type: 'begun', requestId: 'built-in' };
    const messages = (body.messages ?? body.input) as readonly PromptMessage[];
    const words = answerTo(messages).match(/\S+\s*/g) ?? [];
    for (const word of words) {
      await sleep(WORD_MS, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      yield { type: 'text', text: word };
    }
    yield { type: 'finished', reason: 'stop' };
  }
}

function answerTo(messages: readonly PromptMessage[]): string {
  const heard = messages.findLast(({ role }) => role === 'user')?.content ?? '';
  const quote = heard.length > MAX_QUOTE ? `${cutText(heard, MAX_QUOTE)}…` : heard;
  return (
    `No model is connected to this server, so this answer comes from a built-in stand-in. I have heard: "${quote}". ` +
    'Whoever runs the server can connect a model with OPENAI_API_KEY or OPENAI_BASE_URL.'
  );
}
