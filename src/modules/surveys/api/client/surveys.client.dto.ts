import { ApiProperty, ApiPropertyOptional, IntersectionType } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { ClientBotPageDto, ClientPageDto } from '../../../../protocols/client/client.paging.dto.js';
import { toInteger } from '../../../../protocols/client/to-integer.js';

/** The page of a list. */
export class ClientSurveyPageDto extends ClientPageDto {
  /** Number of the page, from 1. @example 1 */
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 1_000_000 })
  @Transform(toInteger)
  @Max(1_000_000)
  @Min(1)
  @IsInt()
  page: number = 1;
}

/** The page of surveys to list, and the bot to list them of. */
export class ClientListSurveysDto extends IntersectionType(ClientSurveyPageDto, ClientBotPageDto) {}

/** Selects one of several surveys with the same name. */
export class ClientSurveyOfBotDto {
  /**
   * The bot that created the survey; for the admin. If omitted: the survey whose page has this id, which is the first one with that name.
   * @example echo
   */
  @ApiPropertyOptional({ maxLength: 128 })
  @MaxLength(128)
  @IsString()
  @IsOptional()
  botId?: string;
}

/** A survey with its number of answers. */
export class ClientSurveyDto {
  /** The name that the bot gave the survey. @example lunch-2026 */
  campaignId: string;

  /** The bot that sends the invitations. Surveys of different bots may have the same name. @example echo */
  botId: string;

  /** The title of the survey. @example Lunch? */
  title: string;

  /** If true, answers are stored without their author. @example false */
  isAnonymous: boolean;

  /** Creation time in milliseconds since 1970. @example 1696758105336 */
  @ApiProperty({ type: 'integer' })
  createdAt: number;

  /** The number of answers. @example 42 */
  @ApiProperty({ type: 'integer' })
  answerCount: number;

  /** Time of the newest answer in milliseconds since 1970; null without answers. @example 1696758205336 */
  @ApiProperty({ type: 'integer', nullable: true })
  newestAnswerAt: number | null;

  /** A page with the results. The link needs no credential and is valid for a day. @example https://chat.example.org/webtools/survey/results?id=lunch-2026&expires=1696845600&signature=c2ln */
  resultsUrl: string;
}

/** One answer to a survey. */
export class ClientSurveyAnswerDto {
  /** The author. Null for an answer to an anonymous survey or without a session. @example 01hcjd34adz1va07vk97jfjmgq */
  @ApiProperty({ type: 'string', nullable: true })
  userId: string | null;

  /** The author's nickname. Null if `userId` is null or the user was deleted. @example Mia */
  @ApiProperty({ type: 'string', nullable: true })
  nickname: string | null;

  /** The text of the answer. @example Soup */
  answer: string;

  /** Time of the answer in milliseconds since 1970. @example 1696758205336 */
  @ApiProperty({ type: 'integer' })
  timestamp: number;
}

/** A page of answers, oldest first. */
export class ClientSurveyAnswersDto {
  /** The number of answers on all pages. @example 1 */
  @ApiProperty({ type: 'integer' })
  total: number;

  /** The answers of this page. */
  @ApiProperty({ type: [ClientSurveyAnswerDto] })
  answers: ClientSurveyAnswerDto[];
}
