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
import { EDITABLE_NOTICES } from '../../notices/notice-words.js';
import { ClientChangeAiToolDto } from './ai-tools.client.dto.js';
import { ClientChangeAiContextDto } from './change-ai-context.client.dto.js';
import { IsNoticeWords, MAX_NOTICE_CHARS } from './notice-words.decorator.js';

const MODEL_NAME = /^[\w./:@+-]*$/;

const joinParagraphs = ({ value }: { value: unknown }): unknown =>
  Array.isArray(value) && value.every((item) => typeof item === 'string') ? value.join('\n\n') : value;

/** Another model that is asked when the first cannot be: its circuit is open, its key refused, or it does not answer. */
export class ClientChangeAiFallbackDto {
  /** @example gpt-4.1-mini */
  @ApiProperty({ maxLength: 200 })
  @Matches(MODEL_NAME, { message: 'model must be a name of letters, digits and . / : @ + - _' })
  @MaxLength(200)
  @IsNotEmpty()
  @IsString()
  model: string;

  /** Its server, at a public address. Left out: that of the first model. @example https://models.example.com/v1 */
  @ApiPropertyOptional({ maxLength: 1024 })
  @MaxLength(1024)
  @IsHttpUrl({ message: 'baseUrl must be an http or https address' })
  @IsString()
  @IsOptional()
  baseUrl?: string;

  /** The key for it, never shown again. Left out: the one that is known for the same base URL, if there is one. @example sk-0123456789 */
  @ApiPropertyOptional({ maxLength: 500 })
  @MaxLength(500)
  @IsNotEmpty()
  @IsString()
  @IsOptional()
  apiKey?: string;
}

/** How a model is to answer for a bot. What is left out stays as it is; for a bot that had no model, it gets its default. */
export class ClientChangeAiDto extends ClientChangeAiContextDto {
  /** What sets the behaviour of the bot; may also be a list of paragraphs, between which come empty lines. @example "Answer in one line." */
  @ApiPropertyOptional({ maxLength: 65_536, default: 'You are a helpful assistant.' })
  @Transform(joinParagraphs)
  @MaxLength(65_536)
  @IsString()
  @IsOptional()
  systemMessage?: string;

  /** How random the answers are. @example 0.7 */
  @ApiPropertyOptional({ minimum: 0, maximum: 2, default: 1 })
  @Max(2)
  @Min(0)
  @IsNumber()
  @IsOptional()
  temperature?: number;

  /** How many tokens an answer has at most. @example 256 */
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 2048, default: 256 })
  @Max(2048)
  @Min(1)
  @IsInt()
  @IsOptional()
  maxTokens?: number;

  /** How diverse the answers are, by nucleus sampling. @example 1 */
  @ApiPropertyOptional({ minimum: 0, maximum: 1, default: 1 })
  @Max(1)
  @Min(0)
  @IsNumber()
  @IsOptional()
  topP?: number;

  /** The higher, the more the bot looks for new topics. @example 0 */
  @ApiPropertyOptional({ minimum: -2, maximum: 2, default: 0 })
  @Max(2)
  @Min(-2)
  @IsNumber()
  @IsOptional()
  presencePenalty?: number;

  /** The higher, the less the bot repeats itself. @example 0 */
  @ApiPropertyOptional({ minimum: -2, maximum: 2, default: 0 })
  @Max(2)
  @Min(-2)
  @IsNumber()
  @IsOptional()
  frequencyPenalty?: number;

  /** Where the model ends its answer, without saying these; empty for nowhere. @example ["###"] */
  @ApiPropertyOptional({ type: [String], maxItems: 4 })
  @MaxLength(100, { each: true })
  @MinLength(1, { each: true })
  @IsString({ each: true })
  @ArrayMaxSize(4)
  @IsArray()
  @IsOptional()
  stop?: string[];

  /** How long a model that thinks first does so; empty for what is usual. @example medium */
  @ApiPropertyOptional({ enum: [...AI_REASONING_EFFORTS, ''], default: 'low' })
  @IsIn([...AI_REASONING_EFFORTS, ''])
  @IsOptional()
  reasoningEffort?: AiReasoningEffort | '';

  /** How much a model that thinks first says; empty for what is usual. @example low */
  @ApiPropertyOptional({ enum: [...AI_VERBOSITIES, ''] })
  @IsIn([...AI_VERBOSITIES, ''])
  @IsOptional()
  verbosity?: AiVerbosity | '';

  /** Another model than the server's `AI_DEFAULT_MODEL`; empty to go back to that. @example gpt-4.1 */
  @ApiPropertyOptional({ maxLength: 200 })
  @Matches(MODEL_NAME, { message: 'model must be a name of letters, digits and . / : @ + - _' })
  @MaxLength(200)
  @IsString()
  @IsOptional()
  model?: string;

  /**
   * Another server of models, at a public address; empty to go back to the server's own. A key belongs to its base URL: another address
   * without an `apiKey` removes the bot's own key, and the answer has a warning.
   * @example https://models.example.com/v1
   */
  @ApiPropertyOptional({ maxLength: 1024 })
  @MaxLength(1024)
  @IsHttpUrl({ message: 'baseUrl must be an http or https address' })
  @IsString()
  @ValidateIf(({ baseUrl }: ClientChangeAiDto) => baseUrl !== undefined && baseUrl !== '')
  baseUrl?: string;

  /** The bot's own key, never shown again; empty to forget it. @example sk-0123456789 */
  @ApiPropertyOptional({ maxLength: 500 })
  @MaxLength(500)
  @IsString()
  @IsOptional()
  apiKey?: string;

  /** Who is asked, one after the other, when the model cannot be. */
  @ApiPropertyOptional({ type: [ClientChangeAiFallbackDto], maxItems: 3 })
  @Type(() => ClientChangeAiFallbackDto)
  @ValidateNested({ each: true })
  @IsObject({ each: true })
  @ArrayMaxSize(3)
  @IsArray()
  @IsOptional()
  fallback?: ClientChangeAiFallbackDto[];

  /** What the model may ask for before it answers; empty for nothing. All of them: what is left out is taken away. */
  @ApiPropertyOptional({ type: [ClientChangeAiToolDto], maxItems: 16 })
  @Type(() => ClientChangeAiToolDto)
  @ValidateNested({ each: true })
  @IsObject({ each: true })
  @ArrayUnique((tool: ClientChangeAiToolDto | null) => tool?.name, { message: 'tools must have different names' })
  @ArrayMaxSize(16)
  @IsArray()
  @IsOptional()
  tools?: ClientChangeAiToolDto[];

  /** Tokens that the bot may use in a day (UTC); 0 for any number, -1 to go back to the server's limit. @example 50000 */
  @ApiPropertyOptional({ type: 'integer', minimum: -1, maximum: 1_000_000_000 })
  @Max(1_000_000_000)
  @Min(-1)
  @IsInt()
  @IsOptional()
  tokensPerDay?: number;

  /** A cheaper model, which answers once they are used up, until as many again are; empty for none. @example gpt-4.1-nano */
  @ApiPropertyOptional({ maxLength: 200 })
  @Matches(MODEL_NAME, { message: 'downgradeModel must be a name of letters, digits and . / : @ + - _' })
  @MaxLength(200)
  @IsString()
  @IsOptional()
  downgradeModel?: string;

  /** What the bot neither hears nor says, whatever the case of the letters. @example ["the secret sauce"] */
  @ApiPropertyOptional({ maxItems: 100, type: [String] })
  @MaxLength(200, { each: true })
  @MinLength(1, { each: true })
  @IsString({ each: true })
  @ArrayMaxSize(100)
  @IsArray()
  @IsOptional()
  bannedPhrases?: string[];

  /** What it says instead; empty for the usual words. @example "Let us talk about something else." */
  @ApiPropertyOptional({ maxLength: 1000 })
  @MaxLength(1000)
  @IsString()
  @IsOptional()
  safeguardMessage?: string;

  /**
   * Its own words instead of an answer, by the codes that such messages carry; the others stay as they are, and an empty text goes
   * back to the usual words, which are those of the reader's language. `{seconds}` in `ai_rate_limited` and `{time}` in
   * `ai_budget_exhausted` stand for the time to wait.
   */
  @ApiPropertyOptional({
    type: 'object',
    properties: Object.fromEntries(
      EDITABLE_NOTICES.map((code) => [code, { type: 'string', maxLength: MAX_NOTICE_CHARS }]),
    ),
    additionalProperties: false,
    example: { ai_timeout: 'Sorry, once more?' },
  })
  @IsNoticeWords()
  @IsOptional()
  notices?: Record<string, string>;

  /**
   * What becomes of a question while the one before it is answered: the answer is broken off and both are answered together
   * (`interrupt`, as usual in chats of two); it waits, with four others at most (`queue`, as usual in groups); it is answered at once,
   * too (`parallel`); it is not answered (`drop`). Empty for what is usual.
   * @example queue
   */
  @ApiPropertyOptional({ enum: [...AI_CONCURRENCIES, ''] })
  @IsIn([...AI_CONCURRENCIES, ''])
  @IsOptional()
  concurrency?: AiConcurrency | '';

  /** Milliseconds for which further words of the same person are waited for, to be answered together. @example 500 */
  @ApiPropertyOptional({ type: 'integer', minimum: 0, maximum: 3000, default: 0 })
  @Max(3000)
  @Min(0)
  @IsInt()
  @IsOptional()
  debounceMs?: number;
}
