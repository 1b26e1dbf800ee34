import { Transform } from 'class-transformer';
import { IsIn, IsInt, IsNumber, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { ApiInt } from '../../../../protocols/platform/platform-openapi.js';

/** Some clients send the system message as a list of lines. */
const joinLines = ({ value }: { value: unknown }): unknown =>
  Array.isArray(value) && value.every((line) => typeof line === 'string') ? value.join('\n') : value;

/** Parameters of the model that replies for an AI bot. */
export class PlatformAiParametersDto {
  /**
   * The system message, which sets the behaviour of the bot; may also be a list of lines. At most 65536 characters.
   * "You are a helpful assistant." if a new AI bot has none.
   * @example "Answer in one line."
   */
  @IsOptional()
  @Transform(joinLines)
  @IsString()
  @MaxLength(65_536)
  system_message?: string;

  /**
   * The sampling temperature: 0 to 2. Higher values give more random replies. 1 for a new AI bot.
   * @example 0.7
   */
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(2)
  temperature?: number;

  /**
   * The maximum number of tokens of a reply: 1 to 2048. 256 for a new AI bot.
   * @example 256
   */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(2048)
  @ApiInt()
  max_tokens?: number;

  /**
   * Nucleus sampling: 0 to 1. Higher values give more diverse replies. 1 for a new AI bot.
   * @example 1
   */
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1)
  top_p?: number;

  /**
   * Higher values make new topics more likely: -2 to 2. 0 for a new AI bot.
   * @example 0
   */
  @IsOptional()
  @IsNumber()
  @Min(-2)
  @Max(2)
  presence_penalty?: number;

  /**
   * Higher values make repetitions less likely: -2 to 2. 0 for a new AI bot.
   * @example 0
   */
  @IsOptional()
  @IsNumber()
  @Min(-2)
  @Max(2)
  frequency_penalty?: number;
}

/** The settings of a new AI bot. Absent settings get their defaults. */
export class PlatformNewAiSettingsDto extends PlatformAiParametersDto {
  /**
   * The provider of the model.
   * @example chatgpt
   */
  @IsIn(['chatgpt'])
  backend: 'chatgpt';
}

/** The AI settings to change. Absent settings stay unchanged. */
export class PlatformAiSettingsDto extends PlatformAiParametersDto {
  /**
   * The provider of the model.
   * @example chatgpt
   */
  @IsOptional()
  @IsIn(['chatgpt'])
  backend?: 'chatgpt';
}

/** The AI settings of a bot. */
export class PlatformBotAiDto {
  /** The provider of the model. @example chatgpt */
  backend: string;

  /** The system message. @example "Answer in one line." */
  system_message: string;

  /** The sampling temperature. @example 1 */
  temperature: number;

  /** The maximum number of tokens of a reply. @example 256 */
  @ApiInt()
  max_tokens: number;

  /** Nucleus sampling. @example 1 */
  top_p: number;

  /** The presence penalty. @example 0 */
  presence_penalty: number;

  /** The frequency penalty. @example 0 */
  frequency_penalty: number;
}
