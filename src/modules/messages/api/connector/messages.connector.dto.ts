import { Type } from 'class-transformer';
import {
  IsBoolean,
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import { PARSE_MODES, type ParseMode } from '../../../../protocols/connector/markup.js';

const MAX_ID = 512;

/** A text and its markup. */
export class ConnectorTextDto {
  @IsString()
  text: string;

  @IsIn(PARSE_MODES)
  @IsOptional()
  parseMode: ParseMode = 'text';
}

export class ConnectorSendMessageDto {
  @MaxLength(MAX_ID)
  @IsString()
  chatId: string;

  @MaxLength(MAX_ID)
  @IsString()
  @IsOptional()
  replyMessageId?: string;

  @ValidateNested()
  @Type(() => ConnectorTextDto)
  @IsObject()
  content: ConnectorTextDto;
}

export class ConnectorEditMessageDto {
  @MaxLength(MAX_ID)
  @IsString()
  messageId: string;

  @ValidateNested()
  @Type(() => ConnectorTextDto)
  @IsObject()
  content: ConnectorTextDto;
}

export class ConnectorForwardMessageDto {
  @MaxLength(MAX_ID)
  @IsString()
  messageId: string;

  @MaxLength(MAX_ID)
  @IsString()
  chatId: string;
}

export class ConnectorRemoveMessageDto {
  @MaxLength(MAX_ID)
  @IsString()
  messageId: string;

  @IsBoolean()
  @IsOptional()
  forAll: boolean = false;
}

export const CHAT_ACTIVITIES = ['typing', 'choosing_sticker', 'uploading_file'] as const;

export class ConnectorActivityDto {
  @MaxLength(MAX_ID)
  @IsString()
  chatId: string;

  @IsIn(CHAT_ACTIVITIES)
  activityType: (typeof CHAT_ACTIVITIES)[number];
}

export class ConnectorGetMessageDto {
  @MaxLength(MAX_ID)
  @IsString()
  messageId: string;
}

export class ConnectorHistoryDto {
  @MaxLength(MAX_ID)
  @IsString()
  chatId: string;

  @Max(1_000_000)
  @Min(1)
  @IsInt()
  @Type(() => Number)
  count: number;

  @MaxLength(MAX_ID)
  @IsString()
  @IsOptional()
  fromMessageId?: string;
}

export class ConnectorClearHistoryDto {
  @MaxLength(MAX_ID)
  @IsString()
  chatId: string;

  @IsBoolean()
  @IsOptional()
  forAll: boolean = false;
}

/** An uploaded file. */
export class ConnectorFileContentDto {
  /** Clients send null after a failed upload. */
  @MaxLength(MAX_ID)
  @IsString()
  @IsOptional()
  temporalFileId?: string;

  @ValidateNested()
  @Type(() => ConnectorTextDto)
  @IsObject()
  @IsOptional()
  caption?: ConnectorTextDto;
}

export class ConnectorSendFileDto {
  @MaxLength(MAX_ID)
  @IsString()
  chatId: string;

  @MaxLength(MAX_ID)
  @IsString()
  @IsOptional()
  replyMessageId?: string;

  @ValidateNested()
  @Type(() => ConnectorFileContentDto)
  @IsObject()
  content: ConnectorFileContentDto;
}
