import { Injectable } from '@nestjs/common';
import type { Response, ResponseCreateParamsStreaming, ResponseUsage } from 'openai/resources/responses/responses';
import { ModelFailure, toModelFailure } from './model-failure.js';
import type { ModelEvent, ModelProvider, ModelUsage, ToolCall, WireRequest } from './model.types.js';
import { OpenAiClients } from './openai.clients.js';
import { normalizeToolCalls } from './tool-calls.js';

/** Client of the Responses API. Its stored conversations are not used, because edits and deletions must reach them. */
@Injectable()
export class OpenAiResponsesProvider implements ModelProvider {
  constructor(private readonly clients: OpenAiClients) {}

  async *stream({ target, body }: WireRequest, signal: AbortSignal): AsyncGenerator<ModelEvent> {
    try {
      const params = body as unknown as ResponseCreateParamsStreaming;
      const { data, request_id } = await this.clients.for(target).responses.create(params, { signal }).withResponse();
      yield { type: 'begun', requestId: request_id ?? '' };
      const toolCalls: ToolCall[] = [];
      for await (const event of data) {
        if (event.type === 'response.output_text.delta') yield { type: 'text', text: event.delta };
        if (event.type === 'response.function_call_arguments.delta') yield { type: 'writing' };
        if (event.type === 'response.output_item.done' && event.item.type === 'function_call') {
          const { call_id: id, name, arguments: text } = event.item;
          toolCalls.push({ id, name, arguments: text });
        }
        if (event.type === 'error') throw new ModelFailure('server', event.message, { code: event.code ?? undefined });
        if (event.type === 'response.failed') {
          throw new ModelFailure('server', event.response.error?.message ?? 'The response failed.');
        }
        if (event.type === 'response.completed' || event.type === 'response.incomplete') {
          const reason = reasonOf(event.response);
          const calls = normalizeToolCalls(toolCalls, reason);
          if (calls.length > 0) yield { type: 'tool_calls', calls };
          yield { type: 'finished', reason, usage: toUsage(event.response.usage) };
          return;
        }
      }
      if (!signal.aborted) throw new ModelFailure('broken_stream', 'The stream ended without a final event.');
    } catch (error) {
      const failure = signal.aborted ? undefined : toModelFailure(error, target.apiKey);
      if (failure) throw failure;
    }
  }
}

const REASONS: Readonly<Record<string, string>> = { max_output_tokens: 'length', content_filter: 'content_filter' };

/** The finish reason of Chat Completions. */
const reasonOf = ({ incomplete_details }: Response): string => REASONS[incomplete_details?.reason ?? ''] ?? 'stop';

const toUsage = (usage: ResponseUsage | undefined): ModelUsage | undefined =>
  usage && {
    promptTokens: usage.input_tokens,
    completionTokens: usage.output_tokens,
    cachedTokens: usage.input_tokens_details?.cached_tokens ?? 0,
    reasoningTokens: usage.output_tokens_details?.reasoning_tokens ?? 0,
  };
