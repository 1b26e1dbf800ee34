import { Type } from 'class-transformer';
import { IsBoolean, IsInt, IsOptional, IsString, Max, MaxLength, Min, MinLength } from 'class-validator';

const MAX_ID = 512;
const MAX_TITLE = 256;

export class ConnectorUserDto {
  @MaxLength(MAX_ID)
  @IsString()
  userId: string;
}

export class ConnectorChatDto {
  @MaxLength(MAX_ID)
  @IsString()
  chatId: string;
}

export class ConnectorCreateChatDto {
  @MaxLength(MAX_TITLE)
  @IsString()
  @IsOptional()
  title?: string;

  /** Alias of `title` in some clients. */
  @MaxLength(MAX_TITLE)
  @IsString()
  @IsOptional()
  name?: string;
}

export class ConnectorParticipantDto extends ConnectorChatDto {
  @MaxLength(MAX_ID)
  @IsString()
  userId: string;
}

export class ConnectorAddParticipantDto extends ConnectorParticipantDto {
  @IsBoolean()
  @IsOptional()
  displayHistory: boolean = true;
}

export class ConnectorChangeRoleDto extends ConnectorParticipantDto {
  @MaxLength(64)
  @IsString()
  role: string;
}

export class ConnectorParticipantsDto extends ConnectorChatDto {
  @Max(1_000_000)
  @Min(1)
  @IsInt()
  @Type(() => Number)
  @IsOptional()
  pageSize: number = 100;

  @Max(1_000_000)
  @Min(1)
  @IsInt()
  @Type(() => Number)
  @IsOptional()
  pageNumber: number = 1;
}

export class ConnectorChatsDto {
  @Max(1_000_000)
  @Min(1)
  @IsInt()
  @Type(() => Number)
  @IsOptional()
  count: number = 10;

  @Max(1_000_000)
  @Min(1)
  @IsInt()
  @Type(() => Number)
  @IsOptional()
  page: number = 1;
}

export class ConnectorTitleDto extends ConnectorChatDto {
  @MaxLength(MAX_TITLE)
  @MinLength(1)
  @IsString()
  title: string;
}

export class ConnectorAvatarDto extends ConnectorChatDto {
  /** Clients send null after a failed upload. */
  @MaxLength(MAX_ID)
  @IsString()
  @IsOptional()
  temporalFileId?: string;
}
