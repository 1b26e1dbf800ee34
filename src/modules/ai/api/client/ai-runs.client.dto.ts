import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { ClientBotPageDto } from '../../../../protocols/client/client.paging.dto.js';
import { RUN_STATES, type RunState } from '../../runs/ai-run.entity.js';
import { ClientAiToolCallDto } from './ai-tool-calls.client.dto.js';

/** Number of stopped runs. */
export class ClientStoppedDto {
  /** Active and queued runs that were stopped. @example 1 */
  @ApiProperty({ type: 'integer' })
  stopped: number;
}

/** Selects an AI reply of a chat. */
export class ClientReplySelectorDto {
  /** The `draftId` of the reply or notice. Absent: the reply to the last message. @example 01hc7akt8z3w2a5ayfcrvkfy52 */
  @ApiPropertyOptional({ maxLength: 26 })
  @MaxLength(26)
  @IsString()
  @IsOptional()
  draftId?: string;
}

/** One attempt of a model to reply to a message. */
export class ClientAiRunDto {
  /** Id of the run, and `draftId` of its events. @example 01hc7akt8z3w2a5ayfcrvkfy52 */
  id: string;

  /** The AI bot. @example 01hc71yz5pny5bmf0b4055zbjw */
  botId: string;

  /** The chat. @example 01hc7aa947s4fdwywwjqr14wh7 */
  chatId: string;

  /** The message to reply to. @example 01hc7akt8z3w2a5ayfcrvkfy51 */
  triggerId: string;

  /** Number of the attempt, from 1. Each regeneration or continuation is another attempt. @example 1 */
  @ApiProperty({ type: 'integer' })
  attempt: number;

  /** Whether it continues the reply of the previous attempt instead of replacing it. @example false */
  isContinued: boolean;

  /** State of the run. @example completed */
  @ApiProperty({ enum: RUN_STATES })
  state: RunState;

  /** Reason of the final state; empty for a success. @example "" */
  reason: string;

  /** The message with the reply; empty until it exists. @example 01hc7akt8z3w2a5ayfcrvkfy53 */
  messageId: string;

  /** Creation time in milliseconds since 1970. @example 1696758105336 */
  @ApiProperty({ type: 'integer' })
  createdAt: number;
}

/** Token usage and cost of a run. */
export class ClientAiUsageDto {
  /** Tokens of all prompts. @example 50 */
  @ApiProperty({ type: 'integer' })
  promptTokens: number;

  /** Tokens of all completions. @example 7 */
  @ApiProperty({ type: 'integer' })
  completionTokens: number;

  /** Prompt tokens that the provider had cached. @example 10 */
  @ApiProperty({ type: 'integer' })
  cachedTokens: number;

  /** Completion tokens that were used for reasoning. @example 0 */
  @ApiProperty({ type: 'integer' })
  reasoningTokens: number;

  /** Whether the provider reported no usage, so that it was counted by the server. @example false */
  isEstimated: boolean;

  /** Cost in millionths of the currency. Absent if no price is known. @example 68 */
  @ApiPropertyOptional({ type: 'integer' })
  costMicros?: number;

  /** Currency of the cost. Absent if no price is known. @example USD */
  currency?: string;
}

/** A run with its requests, usage and tool calls. */
export class ClientAiRunTraceDto extends ClientAiRunDto {
  /** The user who triggered the run. @example 01hc71yz5pny5bmf0b4055zbjx */
  userId: string;

  /** The user who stopped it, if one did. @example "" */
  stoppedBy: string;

  /** The model of the last request. @example gpt-4.1-mini */
  model: string;

  /** Host of the model server. @example api.openai.com */
  host: string;

  /** How many times a worker started the run. @example 1 */
  @ApiProperty({ type: 'integer' })
  tries: number;

  /** Number of model requests. @example 1 */
  @ApiProperty({ type: 'integer' })
  requests: number;

  /** SHA-256 of the last request; the name of its recording. @example 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 */
  requestHash: string;

  /** Parameters of the last request, without the messages. */
  @ApiProperty({ type: 'object', additionalProperties: true, example: { model: 'gpt-4.1-mini', temperature: 1 } })
  paramsSent: Record<string, unknown>;

  /** Parameters left out because the model does not support them. @example [] */
  paramsDropped: string[];

  /** Ids of the messages in the prompt. @example ["01hc7akt8z3w2a5ayfcrvkfy51"] */
  contextIds: string[];

  /** Request id of the provider. @example req_0123456789abcdef */
  providerRequestId: string;

  /** Finish reason of the last request. @example stop */
  finishReason: string;

  /** Error details for operators; empty without errors. @example "" */
  errorDetail: string;

  /** Token usage and cost. */
  usage: ClientAiUsageDto;

  /** Milliseconds from the start to the first visible output. Absent without output. @example 412 */
  @ApiPropertyOptional({ type: 'integer' })
  firstWordMs?: number;

  /** Total duration in milliseconds. Absent until the run is finished. @example 1830 */
  @ApiPropertyOptional({ type: 'integer' })
  totalMs?: number;

  /** Messages of the prompt. Only if `AI_DEBUG_STORE` is on; kept for 7 days. */
  @ApiPropertyOptional({
    type: 'array',
    items: {
      type: 'object',
      properties: {
        role: { type: 'string' },
        content: { type: 'string' },
        toolCalls: { type: 'array', items: { type: 'object' } },
      },
    },
    example: [{ role: 'user', content: 'Hello' }],
  })
  prompt?: { role: string; content: string; toolCalls?: readonly object[] }[];

  /** Tool calls of the run. */
  toolCalls: ClientAiToolCallDto[];
}

/** Duration of a handover to a human. */
export class ClientTakeControlDto {
  /** Duration in minutes, at most one week. @example 60 */
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 10_080, default: 60 })
  @Max(10_080)
  @Min(1)
  @IsInt()
  minutes: number = 60;
}

/** A chat that was handed over to a human. */
export class ClientChatControlDto {
  /** The chat. @example 01hc7aa947s4fdwywwjqr14wh7 */
  chatId: string;

  /** End of the handover in milliseconds since 1970. @example 1696758105336 */
  @ApiProperty({ type: 'integer' })
  until: number;
}

/** Filter for runs. */
export class ClientListAiRunsDto extends ClientBotPageDto {
  /** Only runs of this chat. @example 01hc7aa947s4fdwywwjqr14wh7 */
  @ApiPropertyOptional({ maxLength: 100 })
  @MaxLength(100)
  @IsString()
  @IsOptional()
  chatId?: string;

  /** Only runs in this state. @example failed */
  @ApiPropertyOptional({ enum: RUN_STATES })
  @IsIn(RUN_STATES)
  @IsOptional()
  state?: RunState;

  /** Only runs before this id, for paging. @example 01hc7akt8z3w2a5ayfcrvkfy52 */
  @ApiPropertyOptional({ maxLength: 26 })
  @MaxLength(26)
  @IsString()
  @IsOptional()
  before?: string;
}
