import { Injectable } from '@nestjs/common';
import type { ChatCompletionCreateParamsStreaming, CompletionUsage } from 'openai/resources';
import { ModelFailure, toModelFailure } from './model-failure.js';
import type { ModelEvent, ModelProvider, ModelUsage, WireRequest } from './model.types.js';
import { OpenAiClients } from './openai.clients.js';
import { normalizeToolCalls, ToolCallAssembler } from './tool-calls.js';

/** Client of the Chat Completions API, which nearly every model server implements. */
@Injectable()
export class OpenAiChatProvider implements ModelProvider {
  constructor(private readonly clients: OpenAiClients) {}

  async *stream({ target, body }: WireRequest, signal: AbortSignal): AsyncGenerator<ModelEvent> {
    try {
      const params = body as unknown as ChatCompletionCreateParamsStreaming;
      const { data, request_id } = await this.clients
        .for(target)
        .chat.completions.create(params, { signal })
        .withResponse();
      yield { type: 'begun', requestId: request_id ?? '' };
      let reason = '';
      let usage: ModelUsage | undefined;
      const assembler = new ToolCallAssembler();
      for await (const chunk of data) {
        const [choice] = chunk.choices ?? [];
        if (choice?.delta?.content) yield { type: 'text', text: choice.delta.content };
        for (const delta of choice?.delta?.tool_calls ?? []) {
          assembler.add(delta);
          yield { type: 'writing' };
        }
        if (choice?.finish_reason) reason = choice.finish_reason;
        if (chunk.usage) usage = toUsage(chunk.usage);
      }
      if (signal.aborted) return;
      if (!reason) throw new ModelFailure('broken_stream', 'The stream ended without a finish reason.');
      const calls = normalizeToolCalls(assembler.calls, reason);
      if (calls.length > 0) yield { type: 'tool_calls', calls };
      yield { type: 'finished', reason, usage };
    } catch (error) {
      const failure = signal.aborted ? undefined : toModelFailure(error, target.apiKey);
      if (failure) throw failure;
    }
  }
}

const toUsage = (usage: CompletionUsage): ModelUsage => ({
  promptTokens: usage.prompt_tokens ?? 0,
  completionTokens: usage.completion_tokens ?? 0,
  cachedTokens: usage.prompt_tokens_details?.cached_tokens ?? 0,
  reasoningTokens: usage.completion_tokens_details?.reasoning_tokens ?? 0,
});
