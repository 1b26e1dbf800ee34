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

/** Another model that is asked when the first cannot be. */
export class ClientAiFallbackDto {
  /** @example gpt-4.1-mini */
  model: string;

  /** Left out when it is that of the first model. @example https://models.example.com/v1 */
  baseUrl?: string;

  /** Whether it has a key of its own. @example false */
  hasOwnKey: boolean;
}

/** How a model answers for a bot. */
export class ClientAiDto {
  /** @example "You are a helpful assistant." */
  systemMessage: string;

  /** @example 1 */
  temperature: number;

  /** @example 256 */
  @ApiProperty({ type: 'integer' })
  maxTokens: number;

  /** @example 1 */
  topP: number;

  /** @example 0 */
  presencePenalty: number;

  /** @example 0 */
  frequencyPenalty: number;

  /** @example [] */
  stop: string[];

  /** Left out when it is the usual one. @example medium */
  @ApiPropertyOptional({ enum: AI_REASONING_EFFORTS })
  reasoningEffort?: AiReasoningEffort;

  /** Left out when it is the usual one. @example low */
  @ApiPropertyOptional({ enum: AI_VERBOSITIES })
  verbosity?: AiVerbosity;

  /** Left out when it is the server's. @example gpt-4.1 */
  model?: string;

  /** Left out when it is the server's. @example https://models.example.com/v1 */
  baseUrl?: string;

  /** Whether the bot has a key of its own. @example false */
  hasOwnKey: boolean;

  fallback: ClientAiFallbackDto[];

  tools: ClientAiToolDto[];

  /** Left out when it is the server's. @example 20 */
  @ApiPropertyOptional({ type: 'integer' })
  contextMessages?: number;

  /** Left out when it is the server's. @example 6000 */
  @ApiPropertyOptional({ type: 'integer' })
  contextTokens?: number;

  /** @example 0 */
  @ApiProperty({ type: 'integer' })
  contextImages: number;

  /** Whether the model is told what other bots say, too. @example false */
  contextBots: boolean;

  /** Where the model is told the names of people. @example groups */
  @ApiProperty({ enum: AI_CONTEXT_NAMES })
  contextNames: AiContextNames;

  /** Milliseconds since 1970; 0 for all that was said. @example 0 */
  @ApiProperty({ type: 'integer' })
  contextSince: number;

  /** Seconds; 0 for all that was said. @example 0 */
  @ApiProperty({ type: 'integer' })
  contextMaxAge: number;

  /** Whether the model is told in few words what was said before. @example false */
  contextSummary: boolean;

  /** @example single */
  @ApiProperty({ enum: AI_SYSTEM_JOINS })
  systemJoin: AiSystemJoin;

  /** Left out when it is the server's. @example 50000 */
  @ApiPropertyOptional({ type: 'integer' })
  tokensPerDay?: number;

  /** Left out when there is none. @example gpt-4.1-nano */
  downgradeModel?: string;

  /** @example [] */
  bannedPhrases: string[];

  /** Left out when it is the usual one. @example "Let us talk about something else." */
  safeguardMessage?: string;

  /** Its own words for notices, by their codes. */
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string' },
    example: { ai_timeout: 'Sorry, once more?' },
  })
  notices: Record<string, string>;

  /** Left out when it is the usual one. @example queue */
  @ApiPropertyOptional({ enum: AI_CONCURRENCIES })
  concurrency?: AiConcurrency;

  /** @example 0 */
  @ApiProperty({ type: 'integer' })
  debounceMs: number;

  /**
   * What to know of a change, in the answer to it alone: a key was removed because the base URL is another one. Left out when there is
   * nothing.
   * @example ["The key of the first model was removed: it belongs to another base URL. Send apiKey for the new one."]
   */
  warnings?: string[];
}
