import { Transform } from 'class-transformer';
import { IsIn, IsInt, IsNumber, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { ApiInt } from '../../../../protocols/platform/platform-openapi.js';

/** Some clients send the system message as a list of lines. */
const joinLines = ({ value }: { value: unknown }): unknown =>
  Array.isArray(value) && value.every((line) => typeof line === 'string') ? value.join('\n') : value;

/** How the model answers for an AI bot. */
export class PlatformAiParametersDto {
  /**
   * What sets the behaviour of the bot; may also be a list of lines. At most 65536 characters.
   * "You are a helpful assistant." if a new AI bot has none.
   * @example "Answer in one line."
   */
  @IsOptional()
  @Transform(joinLines)
  @IsString()
  @MaxLength(65_536)
  system_message?: string;

  /**
   * How random the answers are: 0 to 2. 1 for a new AI bot.
   * @example 0.7
   */
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(2)
  temperature?: number;

  /**
   * How many tokens an answer has at most: 1 to 2048. 256 for a new AI bot.
   * @example 256
   */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(2048)
  @ApiInt()
  max_tokens?: number;

  /**
   * How diverse the answers are, by nucleus sampling: 0 to 1. 1 for a new AI bot.
   * @example 1
   */
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1)
  top_p?: number;

  /**
   * The higher, the more the bot looks for new topics: -2 to 2. 0 for a new AI bot.
   * @example 0
   */
  @IsOptional()
  @IsNumber()
  @Min(-2)
  @Max(2)
  presence_penalty?: number;

  /**
   * The higher, the less the bot repeats itself: -2 to 2. 0 for a new AI bot.
   * @example 0
   */
  @IsOptional()
  @IsNumber()
  @Min(-2)
  @Max(2)
  frequency_penalty?: number;
}

/** The settings of a new AI bot. Those that are absent get their defaults. */
export class PlatformNewAiSettingsDto extends PlatformAiParametersDto {
  /**
   * The system that powers the bot.
   * @example chatgpt
   */
  @IsIn(['chatgpt'])
  backend: 'chatgpt';
}

/** What shall be changed of the settings of an AI bot. Those that are absent stay as they are. */
export class PlatformAiSettingsDto extends PlatformAiParametersDto {
  /**
   * The system that powers the bot.
   * @example chatgpt
   */
  @IsOptional()
  @IsIn(['chatgpt'])
  backend?: 'chatgpt';
}

/** How the model answers for an AI bot. */
export class PlatformBotAiDto {
  /** @example chatgpt */
  backend: string;

  /** @example "Answer in one line." */
  system_message: string;

  /** @example 1 */
  temperature: number;

  /** @example 256 */
  @ApiInt()
  max_tokens: number;

  /** @example 1 */
  top_p: number;

  /** @example 0 */
  presence_penalty: number;

  /** @example 0 */
  frequency_penalty: number;
}
