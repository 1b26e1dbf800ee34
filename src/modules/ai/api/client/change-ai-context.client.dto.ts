import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsInt, IsOptional, Max, Min } from 'class-validator';
import { AI_CONTEXT_NAMES, AI_SYSTEM_JOINS, type AiContextNames, type AiSystemJoin } from '../../../bots/index.js';

/** The last time that a `Date` can hold. */
const MAX_TIME = 8.64e15;

/** What a model is to be told of a chat. What is left out stays as it is. */
export class ClientChangeAiContextDto {
  /** Messages of a chat that the model is told at most; -1 to go back to the server's limit. @example 20 */
  @ApiPropertyOptional({ type: 'integer', minimum: -1, maximum: 1000 })
  @Max(1000)
  @Min(-1)
  @IsInt()
  @IsOptional()
  contextMessages?: number;

  /** Tokens of a chat that the model is told at most; -1 to go back to the server's limit. @example 6000 */
  @ApiPropertyOptional({ type: 'integer', minimum: -1, maximum: 1_000_000 })
  @Max(1_000_000)
  @Min(-1)
  @IsInt()
  @IsOptional()
  contextTokens?: number;

  /** The newest pictures of a chat that the model is shown, if it is one that is known to see. @example 2 */
  @ApiPropertyOptional({ type: 'integer', minimum: 0, maximum: 10, default: 0 })
  @Max(10)
  @Min(0)
  @IsInt()
  @IsOptional()
  contextImages?: number;

  /** Whether the model is told what other bots say, too, with their names. @example true */
  @ApiPropertyOptional({ default: false })
  @IsBoolean()
  @IsOptional()
  contextBots?: boolean;

  /** Where the model is told the name of each person who speaks: in `groups`, `always`, or `never`. @example never */
  @ApiPropertyOptional({ enum: AI_CONTEXT_NAMES, default: 'groups' })
  @IsIn(AI_CONTEXT_NAMES)
  @IsOptional()
  contextNames?: AiContextNames;

  /** Milliseconds since 1970: nothing that was said before is told. 0 for all. @example 1696758105336 */
  @ApiPropertyOptional({ type: 'integer', minimum: 0, maximum: MAX_TIME, default: 0 })
  @Max(MAX_TIME)
  @Min(0)
  @IsInt()
  @IsOptional()
  contextSince?: number;

  /** Seconds: nothing that was older when the question was asked is told. 0 for all. @example 86400 */
  @ApiPropertyOptional({ type: 'integer', minimum: 0, maximum: 1_000_000_000, default: 0 })
  @Max(1_000_000_000)
  @Min(0)
  @IsInt()
  @IsOptional()
  contextMaxAge?: number;

  /**
   * Whether the model is told in few words what was said before that of which it is told word by word. The summary is made by the
   * bot's own model, out of the bot's tokens of the day, whenever more than 2000 tokens were left out.
   * @example true
   */
  @ApiPropertyOptional({ default: false })
  @IsBoolean()
  @IsOptional()
  contextSummary?: boolean;

  /**
   * Whether the system message is told as one (`single`), or each of its paragraphs, which empty lines part, as a message of its own
   * (`separate`): some servers take only one.
   * @example separate
   */
  @ApiPropertyOptional({ enum: AI_SYSTEM_JOINS, default: 'single' })
  @IsIn(AI_SYSTEM_JOINS)
  @IsOptional()
  systemJoin?: AiSystemJoin;
}
