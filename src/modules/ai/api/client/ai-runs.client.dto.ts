import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { ClientBotPageDto } from '../../../../protocols/client/client.paging.dto.js';
import { RUN_STATES, type RunState } from '../../ai-run.entity.js';
import { ClientAiToolCallDto } from './ai-tool-calls.client.dto.js';

/** How many answers were stopped. */
export class ClientStoppedDto {
  /** Answers that were under way, or waited for their turn. @example 1 */
  @ApiProperty({ type: 'integer' })
  stopped: number;
}

/** Which answer of a chat is meant. */
export class ClientWhichAnswerDto {
  /** The `draftId` of the answer, or of the notice. Left out: the answer to the last question. @example 01hc7akt8z3w2a5ayfcrvkfy52 */
  @ApiPropertyOptional({ maxLength: 26 })
  @MaxLength(26)
  @IsString()
  @IsOptional()
  draftId?: string;
}

/** An answer of a model. */
export class ClientAiRunDto {
  /** Also the `draftId` of the events in which the answer is seen growing. @example 01hc7akt8z3w2a5ayfcrvkfy52 */
  id: string;

  /** @example 01hc71yz5pny5bmf0b4055zbjw */
  botId: string;

  /** @example 01hc7aa947s4fdwywwjqr14wh7 */
  chatId: string;

  /** The message that is answered. @example 01hc7akt8z3w2a5ayfcrvkfy51 */
  triggerId: string;

  /** 1, and one more each time that another answer was asked for. @example 1 */
  @ApiProperty({ type: 'integer' })
  attempt: number;

  /** Whether it goes on with the answer of the attempt before, instead of being another one. @example false */
  isContinued: boolean;

  /** @example completed */
  @ApiProperty({ enum: RUN_STATES })
  state: RunState;

  /** Why it ended so; empty for a plain success. @example "" */
  reason: string;

  /** The answer; empty as long as there is none. @example 01hc7akt8z3w2a5ayfcrvkfy53 */
  messageId: string;

  /** Milliseconds since 1970. @example 1696758105336 */
  @ApiProperty({ type: 'integer' })
  createdAt: number;
}

/** What an answer has used. */
export class ClientAiUsageDto {
  /** @example 50 */
  @ApiProperty({ type: 'integer' })
  promptTokens: number;

  /** @example 7 */
  @ApiProperty({ type: 'integer' })
  completionTokens: number;

  /** Of the prompt, those that the provider had in its cache. @example 10 */
  @ApiProperty({ type: 'integer' })
  cachedTokens: number;

  /** Of the completion, those that nobody sees. @example 0 */
  @ApiProperty({ type: 'integer' })
  reasoningTokens: number;

  /** The provider has not told, so it was counted here. @example false */
  isEstimated: boolean;

  /** Millionths of the currency. Left out when no price is known. @example 68 */
  @ApiPropertyOptional({ type: 'integer' })
  costMicros?: number;

  /** Left out when no price is known. @example USD */
  currency?: string;
}

/** An answer of a model with all that is known of how it was made. */
export class ClientAiRunTraceDto extends ClientAiRunDto {
  /** Who has asked. @example 01hc71yz5pny5bmf0b4055zbjx */
  userId: string;

  /** Who has stopped it; empty if nobody has. @example "" */
  stoppedBy: string;

  /** @example gpt-4.1-mini */
  model: string;

  /** @example api.openai.com */
  host: string;

  /** Workers that have begun it. @example 1 */
  @ApiProperty({ type: 'integer' })
  tries: number;

  /** Requests to the model. @example 1 */
  @ApiProperty({ type: 'integer' })
  requests: number;

  /** SHA-256 of the last request, by which a recording of it is named. @example 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 */
  requestHash: string;

  /** All of the last request but its messages. */
  @ApiProperty({ type: 'object', additionalProperties: true, example: { model: 'gpt-4.1-mini', temperature: 1 } })
  paramsSent: Record<string, unknown>;

  /** Parameters that this model refuses. @example [] */
  paramsDropped: string[];

  /** The messages that the model was told. @example ["01hc7akt8z3w2a5ayfcrvkfy51"] */
  contextIds: string[];

  /** What the provider calls the request. @example req_0123456789abcdef */
  providerRequestId: string;

  /** @example stop */
  finishReason: string;

  /** For the operator only; empty when nothing was wrong. @example "" */
  errorDetail: string;

  usage: ClientAiUsageDto;

  /** Milliseconds from its beginning to the first word that was shown. Left out when there was none. @example 412 */
  @ApiPropertyOptional({ type: 'integer' })
  firstWordMs?: number;

  /** Milliseconds in all. Left out as long as it is under way. @example 1830 */
  @ApiPropertyOptional({ type: 'integer' })
  totalMs?: number;

  /** What the model was told, where `AI_DEBUG_STORE` is on; kept for 7 days. */
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

  /** What was asked of tools on the way. */
  toolCalls: ClientAiToolCallDto[];
}

/** For how long a human takes a chat out of the hands of models. */
export class ClientTakeControlDto {
  /** A week at most. @example 60 */
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 10_080, default: 60 })
  @Max(10_080)
  @Min(1)
  @IsInt()
  minutes: number = 60;
}

/** A chat in which a human speaks, and no model. */
export class ClientChatControlDto {
  /** @example 01hc7aa947s4fdwywwjqr14wh7 */
  chatId: string;

  /** Milliseconds since 1970. Then models answer again. @example 1696758105336 */
  @ApiProperty({ type: 'integer' })
  until: number;
}

/** Which answers to list. */
export class ClientListAiRunsDto extends ClientBotPageDto {
  /** Only those in this chat. @example 01hc7aa947s4fdwywwjqr14wh7 */
  @ApiPropertyOptional({ maxLength: 100 })
  @MaxLength(100)
  @IsString()
  @IsOptional()
  chatId?: string;

  /** Only those in this state. @example failed */
  @ApiPropertyOptional({ enum: RUN_STATES })
  @IsIn(RUN_STATES)
  @IsOptional()
  state?: RunState;

  /** Only those before the one with this id. @example 01hc7akt8z3w2a5ayfcrvkfy52 */
  @ApiPropertyOptional({ maxLength: 26 })
  @MaxLength(26)
  @IsString()
  @IsOptional()
  before?: string;
}
