import { ApiProperty, ApiPropertyOptional, IntersectionType } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { ClientBotPageDto, ClientPageDto } from '../../../../protocols/client/client.paging.dto.js';
import { toInteger } from '../../../../protocols/client/to-integer.js';

/** Which part of a list to show. */
export class ClientSurveyPageDto extends ClientPageDto {
  /** From 1 on. @example 1 */
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 1_000_000 })
  @Transform(toInteger)
  @Max(1_000_000)
  @Min(1)
  @IsInt()
  page: number = 1;
}

/** Which surveys to show. */
export class ClientListSurveysDto extends IntersectionType(ClientSurveyPageDto, ClientBotPageDto) {}

/** Which survey to show. */
export class ClientSurveyOfBotDto {
  /**
   * The bot that has given the survey this name, for the admin. Left out: the survey whose page has this id, which is the first one of
   * that name.
   * @example echo
   */
  @ApiPropertyOptional({ maxLength: 128 })
  @MaxLength(128)
  @IsString()
  @IsOptional()
  botId?: string;
}

/** A survey, and how many have answered it. */
export class ClientSurveyDto {
  /** The name that the bot has given it. @example lunch-2026 */
  campaignId: string;

  /** The bot that invites to it. Surveys of several bots may have the same name. @example echo */
  botId: string;

  /** @example Lunch? */
  title: string;

  /** Nobody is told who has answered what, and the server does not know it either. @example false */
  isAnonymous: boolean;

  /** Milliseconds since 1970. @example 1696758105336 */
  @ApiProperty({ type: 'integer' })
  createdAt: number;

  /** @example 42 */
  @ApiProperty({ type: 'integer' })
  answerCount: number;

  /** Milliseconds since 1970; null as long as nobody has answered. @example 1696758205336 */
  @ApiProperty({ type: 'integer', nullable: true })
  newestAnswerAt: number | null;

  /** A page with the results, for whoever gets this link; good for a day. @example https://chat.example.org/webtools/survey/results?id=lunch-2026&expires=1696845600&signature=c2ln */
  resultsUrl: string;
}

/** What one person has answered. */
export class ClientSurveyAnswerDto {
  /** Null for an answer to an anonymous survey, and for one of somebody without a session. @example 01hcjd34adz1va07vk97jfjmgq */
  @ApiProperty({ type: 'string', nullable: true })
  userId: string | null;

  /** Null as `userId`, and for a user who is gone. @example Mia */
  @ApiProperty({ type: 'string', nullable: true })
  nickname: string | null;

  /** @example Soup */
  answer: string;

  /** Milliseconds since 1970. @example 1696758205336 */
  @ApiProperty({ type: 'integer' })
  timestamp: number;
}

/** A page of answers, in the order in which they came. */
export class ClientSurveyAnswersDto {
  /** All answers, on whatever page. @example 1 */
  @ApiProperty({ type: 'integer' })
  total: number;

  @ApiProperty({ type: [ClientSurveyAnswerDto] })
  answers: ClientSurveyAnswerDto[];
}
