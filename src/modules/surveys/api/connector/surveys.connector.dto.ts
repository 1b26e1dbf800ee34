import { Type } from 'class-transformer';
import {
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Max,
  MaxLength,
  Min,
  MinLength,
  ValidateNested,
} from 'class-validator';

const MAX_ID = 512;
const MAX_TITLE = 1024;
const KINDS = ['{{Survey}}', '{{Anonymous survey}}'];

/** A survey invitation of a client. Its `url` and `alt` are ignored. */
export class ConnectorSurveyDto {
  @MaxLength(MAX_ID)
  @MinLength(1)
  @IsString()
  path: string;

  @MaxLength(MAX_TITLE)
  @MinLength(1)
  @IsString()
  title: string;

  @IsIn(KINDS)
  @IsOptional()
  description?: string;

  @MaxLength(MAX_TITLE)
  @IsString()
  @IsOptional()
  buttonText?: string;

  @Max(1_000_000)
  @Min(0)
  @IsInt()
  @Type(() => Number)
  @IsOptional()
  appVersion?: number;

  @MaxLength(MAX_ID)
  @IsString()
  @IsOptional()
  secret?: string;
}

export class ConnectorSendSurveyDto {
  @MaxLength(MAX_ID)
  @IsString()
  chatId: string;

  @MaxLength(MAX_ID)
  @IsString()
  @IsOptional()
  replyMessageId?: string;

  @ValidateNested()
  @Type(() => ConnectorSurveyDto)
  @IsObject()
  content: ConnectorSurveyDto;
}

export class ConnectorEditSurveyDto {
  @MaxLength(MAX_ID)
  @IsString()
  messageId: string;

  @ValidateNested()
  @Type(() => ConnectorSurveyDto)
  @IsObject()
  content: ConnectorSurveyDto;
}
