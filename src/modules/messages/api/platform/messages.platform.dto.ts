import { ApiProperty, OmitType } from '@nestjs/swagger';
import { IsArray, IsNotEmpty, IsString, MaxLength } from 'class-validator';
import { ApiInt } from '../../../../protocols/platform/platform-openapi.js';
import { PlatformUserSummaryDto } from '../../../users/api/platform/users.platform.dto.js';
import type { MentionType } from '../../message.entity.js';

export type PlatformMessageType = 'MESG' | 'FILE' | 'ADMM';

/** An item of `sorted_metaarray`. */
export class PlatformMetaArrayDto {
  /** @example colours */
  @IsString()
  @IsNotEmpty()
  @MaxLength(128)
  key: string;

  /** @example ["red","blue"] */
  @IsArray()
  @IsString({ each: true })
  value: string[];
}

/** Who sent a message. */
export class PlatformMessageUserDto extends PlatformUserSummaryDto {
  /** @example "" */
  role: string;
}

/** The file of a message, in the older form. Empty if there is none. */
export class PlatformFileDto {
  url?: string;
  name?: string;
  type?: string;
  /** Bytes. */
  @ApiInt()
  size?: number;
  data?: string;
  thumbnails?: object[];
}

/** One of the files of a message. */
export class PlatformFileListItemDto {
  url: string;
  file_name: string;
  /** Bytes. */
  @ApiInt()
  file_size: number;
  file_type: string;
  thumbnails: object[];
  require_auth: boolean;
}

/** What a message sets off. */
export class PlatformMessageEventsDto {
  /** @example receivers */
  send_push_notification: string;
  update_unread_count: boolean;
  update_mention_count: boolean;
  update_last_message: boolean;
}

/** A message. */
export class PlatformMessageDto {
  /**
   * An integer below 2^53 that rises within a channel.
   * @example 1
   */
  @ApiInt()
  message_id: number;

  /** @example MESG */
  type: PlatformMessageType;

  custom_type: string;

  /** @example lunch */
  channel_url: string;

  /** @example group */
  channel_type: string;

  /** Absent for messages of the operator. */
  user?: PlatformMessageUserDto;

  /** @example "Hello, what can you do?" */
  message: string;

  data: string;

  file: PlatformFileDto;

  /** Only for messages with files. */
  files?: PlatformFileListItemDto[];

  mention_type: MentionType;

  mentioned_users: PlatformUserSummaryDto[];

  translations: Record<string, string>;

  sorted_metaarray: PlatformMetaArrayDto[];

  /** Only if it was sent with one. */
  extended_message_payload?: object;

  /** The message that this one answers. */
  @ApiInt()
  parent_message_id?: number;

  /** Whether an answer stands in the channel itself; all do. */
  is_reply_to_channel?: boolean;

  is_removed: boolean;

  is_op_msg: boolean;

  silent: boolean;

  @ApiInt()
  message_survival_seconds: number;

  @ApiInt()
  message_retention_hour: number;

  req_id: string;

  message_events: PlatformMessageEventsDto;

  /**
   * Milliseconds since 1970.
   * @example 1790000100123
   */
  @ApiInt()
  created_at: number;

  /** Milliseconds since 1970; 0 if it was never changed. */
  @ApiInt()
  updated_at: number;
}

/** Messages, oldest first unless the query says otherwise. */
export class PlatformMessageListDto {
  messages: PlatformMessageDto[];
}

/** A bot's message, as a whole under `message`, and once more field by field at the top for older clients. */
export class PlatformBotMessageDto extends OmitType(PlatformMessageDto, ['message']) {
  @ApiProperty({ type: PlatformMessageDto })
  message: PlatformMessageDto;
}
