import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsInt, IsOptional, Max, Min } from 'class-validator';
import { AI_CONTEXT_NAMES, AI_SYSTEM_JOINS, type AiContextNames, type AiSystemJoin } from '../../../bots/index.js';

/** The maximum of `Date`. */
const MAX_TIME = 8.64e15;

/** Update of the context settings. Absent fields stay as they are. */
export class ClientChangeAiContextDto {
  /** Maximum of chat messages in the prompt; -1 for the default of the server. @example 20 */
  @ApiPropertyOptional({ type: 'integer', minimum: -1, maximum: 1000 })
  @Max(1000)
  @Min(-1)
  @IsInt()
  @IsOptional()
  contextMessages?: number;

  /** Maximum of prompt tokens; -1 for the default of the server. @example 6000 */
  @ApiPropertyOptional({ type: 'integer', minimum: -1, maximum: 1_000_000 })
  @Max(1_000_000)
  @Min(-1)
  @IsInt()
  @IsOptional()
  contextTokens?: number;

  /** Maximum of images in the prompt, the newest first, for models with image support. @example 2 */
  @ApiPropertyOptional({ type: 'integer', minimum: 0, maximum: 10, default: 0 })
  @Max(10)
  @Min(0)
  @IsInt()
  @IsOptional()
  contextImages?: number;

  /** Whether the prompt includes messages of other bots, with their names. @example true */
  @ApiPropertyOptional({ default: false })
  @IsBoolean()
  @IsOptional()
  contextBots?: boolean;

  /** Where messages in the prompt start with the name of the sender: in `groups`, `always` or `never`. @example never */
  @ApiPropertyOptional({ enum: AI_CONTEXT_NAMES, default: 'groups' })
  @IsIn(AI_CONTEXT_NAMES)
  @IsOptional()
  contextNames?: AiContextNames;

  /** Leaves out earlier messages; milliseconds since 1970, 0 for all. @example 1696758105336 */
  @ApiPropertyOptional({ type: 'integer', minimum: 0, maximum: MAX_TIME, default: 0 })
  @Max(MAX_TIME)
  @Min(0)
  @IsInt()
  @IsOptional()
  contextSince?: number;

  /** Leaves out messages that are this many seconds older than the trigger; 0 for all. @example 86400 */
  @ApiPropertyOptional({ type: 'integer', minimum: 0, maximum: 1_000_000_000, default: 0 })
  @Max(1_000_000_000)
  @Min(0)
  @IsInt()
  @IsOptional()
  contextMaxAge?: number;

  /**
   * Whether the prompt starts with a summary of older messages. The model of the bot generates it, at the expense of the daily budget,
   * whenever more than 2000 tokens are left out.
   * @example true
   */
  @ApiPropertyOptional({ default: false })
  @IsBoolean()
  @IsOptional()
  contextSummary?: boolean;

  /**
   * `single`: the system message is sent as one message. `separate`: each of its paragraphs, separated by empty lines, is sent as a
   * message. Some servers accept only one.
   * @example separate
   */
  @ApiPropertyOptional({ enum: AI_SYSTEM_JOINS, default: 'single' })
  @IsIn(AI_SYSTEM_JOINS)
  @IsOptional()
  systemJoin?: AiSystemJoin;
}
