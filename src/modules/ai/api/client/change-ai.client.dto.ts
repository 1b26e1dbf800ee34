import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsNumber,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  MinLength,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { IsHttpUrl } from '../../../../protocols/client/http-url.decorator.js';
import {
  AI_CONCURRENCIES,
  AI_REASONING_EFFORTS,
  AI_VERBOSITIES,
  type AiConcurrency,
  type AiReasoningEffort,
  type AiVerbosity,
} from '../../../bots/index.js';
import { EDITABLE_NOTICES } from '../../settings/notice-renderer.js';
import { ClientChangeAiToolDto } from './ai-tools.client.dto.js';
import { ClientChangeAiContextDto } from './change-ai-context.client.dto.js';
import { IsNoticeTexts, MAX_NOTICE_CHARS } from './notice-texts.decorator.js';

const MODEL_NAME = /^[\w./:@+-]*$/;

const joinParagraphs = ({ value }: { value: unknown }): unknown =>
  Array.isArray(value) && value.every((item) => typeof item === 'string') ? value.join('\n\n') : value;

/** A fallback model, used when the previous one is unavailable or its key is refused. */
export class ClientChangeAiFallbackDto {
  /** Name of the model. @example gpt-4.1-mini */
  @ApiProperty({ maxLength: 200 })
  @Matches(MODEL_NAME, { message: 'model must be a name of letters, digits and . / : @ + - _' })
  @MaxLength(200)
  @IsNotEmpty()
  @IsString()
  model: string;

  /** Public base URL of its server. Absent: that of the first model. @example https://models.example.com/v1 */
  @ApiPropertyOptional({ maxLength: 1024 })
  @MaxLength(1024)
  @IsHttpUrl({ message: 'baseUrl must be an http or https address' })
  @IsString()
  @IsOptional()
  baseUrl?: string;

  /** API key, never returned. Absent: the stored key of the same base URL is kept, if there is one. @example sk-0123456789 */
  @ApiPropertyOptional({ maxLength: 500 })
  @MaxLength(500)
  @IsNotEmpty()
  @IsString()
  @IsOptional()
  apiKey?: string;
}

/** Update of the AI settings of a bot. Absent fields stay as they are, or get their defaults for a bot without AI settings. */
export class ClientChangeAiDto extends ClientChangeAiContextDto {
  /** Sets the behaviour of the bot. A list of paragraphs is joined by empty lines. @example "Answer in one line." */
  @ApiPropertyOptional({ maxLength: 65_536, default: 'You are a helpful assistant.' })
  @Transform(joinParagraphs)
  @MaxLength(65_536)
  @IsString()
  @IsOptional()
  systemMessage?: string;

  /** Sampling temperature: higher values make replies more random. @example 0.7 */
  @ApiPropertyOptional({ minimum: 0, maximum: 2, default: 1 })
  @Max(2)
  @Min(0)
  @IsNumber()
  @IsOptional()
  temperature?: number;

  /** Maximum of output tokens per reply. @example 256 */
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 2048, default: 256 })
  @Max(2048)
  @Min(1)
  @IsInt()
  @IsOptional()
  maxTokens?: number;

  /** Nucleus sampling: lower values make replies less diverse. @example 1 */
  @ApiPropertyOptional({ minimum: 0, maximum: 1, default: 1 })
  @Max(1)
  @Min(0)
  @IsNumber()
  @IsOptional()
  topP?: number;

  /** Higher values favour new topics. @example 0 */
  @ApiPropertyOptional({ minimum: -2, maximum: 2, default: 0 })
  @Max(2)
  @Min(-2)
  @IsNumber()
  @IsOptional()
  presencePenalty?: number;

  /** Higher values reduce repetition. @example 0 */
  @ApiPropertyOptional({ minimum: -2, maximum: 2, default: 0 })
  @Max(2)
  @Min(-2)
  @IsNumber()
  @IsOptional()
  frequencyPenalty?: number;

  /** Sequences that end the reply and are not part of it; empty for none. @example ["###"] */
  @ApiPropertyOptional({ type: [String], maxItems: 4 })
  @MaxLength(100, { each: true })
  @MinLength(1, { each: true })
  @IsString({ each: true })
  @ArrayMaxSize(4)
  @IsArray()
  @IsOptional()
  stop?: string[];

  /** Effort of reasoning models; empty for the default. @example medium */
  @ApiPropertyOptional({ enum: [...AI_REASONING_EFFORTS, ''], default: 'low' })
  @IsIn([...AI_REASONING_EFFORTS, ''])
  @IsOptional()
  reasoningEffort?: AiReasoningEffort | '';

  /** Verbosity of reasoning models; empty for the default. @example low */
  @ApiPropertyOptional({ enum: [...AI_VERBOSITIES, ''] })
  @IsIn([...AI_VERBOSITIES, ''])
  @IsOptional()
  verbosity?: AiVerbosity | '';

  /** Name of the model; empty for `AI_DEFAULT_MODEL` of the server. @example gpt-4.1 */
  @ApiPropertyOptional({ maxLength: 200 })
  @Matches(MODEL_NAME, { message: 'model must be a name of letters, digits and . / : @ + - _' })
  @MaxLength(200)
  @IsString()
  @IsOptional()
  model?: string;

  /**
   * Public base URL of the model server; empty for the default of the server. A key belongs to its base URL: a new base URL without an
   * `apiKey` removes the key of the bot, with a warning in the response.
   * @example https://models.example.com/v1
   */
  @ApiPropertyOptional({ maxLength: 1024 })
  @MaxLength(1024)
  @IsHttpUrl({ message: 'baseUrl must be an http or https address' })
  @IsString()
  @ValidateIf(({ baseUrl }: ClientChangeAiDto) => baseUrl !== undefined && baseUrl !== '')
  baseUrl?: string;

  /** API key of the bot, never returned; empty to remove it. @example sk-0123456789 */
  @ApiPropertyOptional({ maxLength: 500 })
  @MaxLength(500)
  @IsString()
  @IsOptional()
  apiKey?: string;

  /** Fallback models, used in order when the model is unavailable. */
  @ApiPropertyOptional({ type: [ClientChangeAiFallbackDto], maxItems: 3 })
  @Type(() => ClientChangeAiFallbackDto)
  @ValidateNested({ each: true })
  @IsObject({ each: true })
  @ArrayMaxSize(3)
  @IsArray()
  @IsOptional()
  fallback?: ClientChangeAiFallbackDto[];

  /** All tools of the bot; tools that are not in the list are removed. */
  @ApiPropertyOptional({ type: [ClientChangeAiToolDto], maxItems: 16 })
  @Type(() => ClientChangeAiToolDto)
  @ValidateNested({ each: true })
  @IsObject({ each: true })
  @ArrayUnique((tool: ClientChangeAiToolDto | null) => tool?.name, { message: 'tools must have different names' })
  @ArrayMaxSize(16)
  @IsArray()
  @IsOptional()
  tools?: ClientChangeAiToolDto[];

  /** Token budget per day (UTC); 0 for unlimited, -1 for the default of the server. @example 50000 */
  @ApiPropertyOptional({ type: 'integer', minimum: -1, maximum: 1_000_000_000 })
  @Max(1_000_000_000)
  @Min(-1)
  @IsInt()
  @IsOptional()
  tokensPerDay?: number;

  /** Cheaper model, used when the budget is used up, for as many tokens again; empty for none. @example gpt-4.1-nano */
  @ApiPropertyOptional({ maxLength: 200 })
  @Matches(MODEL_NAME, { message: 'downgradeModel must be a name of letters, digits and . / : @ + - _' })
  @MaxLength(200)
  @IsString()
  @IsOptional()
  downgradeModel?: string;

  /** Phrases that must not occur in messages or replies; case-insensitive. @example ["the secret sauce"] */
  @ApiPropertyOptional({ maxItems: 100, type: [String] })
  @MaxLength(200, { each: true })
  @MinLength(1, { each: true })
  @IsString({ each: true })
  @ArrayMaxSize(100)
  @IsArray()
  @IsOptional()
  bannedPhrases?: string[];

  /** Sent instead of a reply with a banned phrase; empty for the default. @example "Let us talk about something else." */
  @ApiPropertyOptional({ maxLength: 1000 })
  @MaxLength(1000)
  @IsString()
  @IsOptional()
  safeguardMessage?: string;

  /**
   * Custom texts of notices, by code. Absent codes stay as they are; an empty text restores the default, which is in the language of
   * the user. `{seconds}` in `ai_rate_limited` and `{time}` in `ai_budget_exhausted` are replaced by the time to wait.
   */
  @ApiPropertyOptional({
    type: 'object',
    properties: Object.fromEntries(
      EDITABLE_NOTICES.map((code) => [code, { type: 'string', maxLength: MAX_NOTICE_CHARS }]),
    ),
    additionalProperties: false,
    example: { ai_timeout: 'Sorry, once more?' },
  })
  @IsNoticeTexts()
  @IsOptional()
  notices?: Record<string, string>;

  /**
   * Handling of a message while a reply is being generated. `interrupt`: stop the reply and reply to both messages (default in personal
   * chats). `queue`: queue it, at most five (default in groups). `parallel`: reply at once. `drop`: do not reply. Empty for the default.
   * @example queue
   */
  @ApiPropertyOptional({ enum: [...AI_CONCURRENCIES, ''] })
  @IsIn([...AI_CONCURRENCIES, ''])
  @IsOptional()
  concurrency?: AiConcurrency | '';

  /** Milliseconds to wait for further messages of the same user, which get one reply together. @example 500 */
  @ApiPropertyOptional({ type: 'integer', minimum: 0, maximum: 3000, default: 0 })
  @Max(3000)
  @Min(0)
  @IsInt()
  @IsOptional()
  debounceMs?: number;
}
