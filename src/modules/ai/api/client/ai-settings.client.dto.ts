import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  AI_CONCURRENCIES,
  AI_CONTEXT_NAMES,
  AI_REASONING_EFFORTS,
  AI_SYSTEM_JOINS,
  AI_VERBOSITIES,
  type AiConcurrency,
  type AiContextNames,
  type AiReasoningEffort,
  type AiSystemJoin,
  type AiVerbosity,
} from '../../../bots/index.js';
import { ClientAiToolDto } from './ai-tools.client.dto.js';

/** A fallback model, used when the previous one is unavailable. */
export class ClientAiFallbackDto {
  /** Name of the model. @example gpt-4.1-mini */
  model: string;

  /** Base URL of its server. Absent if it is that of the first model. @example https://models.example.com/v1 */
  baseUrl?: string;

  /** Whether it has its own API key. @example false */
  hasOwnKey: boolean;
}

/** AI settings of a bot. */
export class ClientAiDto {
  /** System message that sets the behaviour of the bot. @example "You are a helpful assistant." */
  systemMessage: string;

  /** Sampling temperature. @example 1 */
  temperature: number;

  /** Maximum of output tokens per reply. @example 256 */
  @ApiProperty({ type: 'integer' })
  maxTokens: number;

  /** Nucleus sampling. @example 1 */
  topP: number;

  /** Penalty for tokens that have occurred before. @example 0 */
  presencePenalty: number;

  /** Penalty for frequent tokens. @example 0 */
  frequencyPenalty: number;

  /** Sequences that end the reply. @example [] */
  stop: string[];

  /** Effort of reasoning models. Absent if it is the default. @example medium */
  @ApiPropertyOptional({ enum: AI_REASONING_EFFORTS })
  reasoningEffort?: AiReasoningEffort;

  /** Verbosity of reasoning models. Absent if it is the default. @example low */
  @ApiPropertyOptional({ enum: AI_VERBOSITIES })
  verbosity?: AiVerbosity;

  /** Name of the model. Absent if it is the default of the server. @example gpt-4.1 */
  model?: string;

  /** Base URL of the model server. Absent if it is the default of the server. @example https://models.example.com/v1 */
  baseUrl?: string;

  /** Whether the bot has its own API key. @example false */
  hasOwnKey: boolean;

  /** Fallback models, in order. */
  fallback: ClientAiFallbackDto[];

  /** Tools that the model can call. */
  tools: ClientAiToolDto[];

  /** Maximum of chat messages in the prompt. Absent if it is the default of the server. @example 20 */
  @ApiPropertyOptional({ type: 'integer' })
  contextMessages?: number;

  /** Maximum of prompt tokens. Absent if it is the default of the server. @example 6000 */
  @ApiPropertyOptional({ type: 'integer' })
  contextTokens?: number;

  /** Maximum of images in the prompt. @example 0 */
  @ApiProperty({ type: 'integer' })
  contextImages: number;

  /** Whether the prompt includes messages of other bots. @example false */
  contextBots: boolean;

  /** Where messages in the prompt start with the name of the sender. @example groups */
  @ApiProperty({ enum: AI_CONTEXT_NAMES })
  contextNames: AiContextNames;

  /** Earlier messages are left out; milliseconds since 1970, 0 for all. @example 0 */
  @ApiProperty({ type: 'integer' })
  contextSince: number;

  /** Maximum age of messages in seconds; 0 for all. @example 0 */
  @ApiProperty({ type: 'integer' })
  contextMaxAge: number;

  /** Whether the prompt starts with a summary of older messages. @example false */
  contextSummary: boolean;

  /** Whether the system message is sent as one message or by paragraph. @example single */
  @ApiProperty({ enum: AI_SYSTEM_JOINS })
  systemJoin: AiSystemJoin;

  /** Daily token budget. Absent if it is the default of the server. @example 50000 */
  @ApiPropertyOptional({ type: 'integer' })
  tokensPerDay?: number;

  /** Model for the time when the budget is used up. Absent if there is none. @example gpt-4.1-nano */
  downgradeModel?: string;

  /** Phrases that must not occur in messages or replies. @example [] */
  bannedPhrases: string[];

  /** Sent instead of a banned reply. Absent if it is the default. @example "Let us talk about something else." */
  safeguardMessage?: string;

  /** Custom texts of notices, by code. */
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string' },
    example: { ai_timeout: 'Sorry, once more?' },
  })
  notices: Record<string, string>;

  /** Handling of messages while a reply is being generated. Absent if it is the default. @example queue */
  @ApiPropertyOptional({ enum: AI_CONCURRENCIES })
  concurrency?: AiConcurrency;

  /** Milliseconds to wait for further messages of the user. @example 0 */
  @ApiProperty({ type: 'integer' })
  debounceMs: number;

  /**
   * Warnings about an update, only in its response: a key was removed because the base URL changed. Absent without warnings.
   * @example ["The key of the first model was removed: it belongs to another base URL. Send apiKey for the new one."]
   */
  warnings?: string[];
}
