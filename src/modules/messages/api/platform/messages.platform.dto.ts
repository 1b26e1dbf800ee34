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

/** A small picture that stands for a file. */
export class PlatformThumbnailDto {
  /**
   * Where it is.
   * @example https://parley.example/static/previews/0123.webp
   */
  url: string;

  /**
   * The same.
   * @example https://parley.example/static/previews/0123.webp
   */
  plain_url: string;

  /**
   * Pixels.
   * @example 512
   */
  @ApiInt()
  width: number;

  /**
   * Pixels.
   * @example 341
   */
  @ApiInt()
  height: number;

  /**
   * Pixels of the file itself.
   * @example 1200
   */
  @ApiInt()
  real_width: number;

  /**
   * Pixels of the file itself.
   * @example 800
   */
  @ApiInt()
  real_height: number;
}

/** The file of a message, in the older form. Empty if there is none. */
export class PlatformFileDto {
  /**
   * Where it is.
   * @example https://parley.example/files/lunch.png
   */
  url?: string;

  /**
   * Its name.
   * @example lunch.png
   */
  name?: string;

  /**
   * Its type.
   * @example image/png
   */
  type?: string;
  /**
   * Bytes.
   * @example 2048
   */
  @ApiInt()
  size?: number;

  /**
   * Always empty.
   * @example ""
   */
  data?: string;

  /**
   * Smaller pictures of it.
   * @example []
   */
  thumbnails?: PlatformThumbnailDto[];
}

/** One of the files of a message. */
export class PlatformFileListItemDto {
  /**
   * Where it is.
   * @example https://parley.example/files/lunch.png
   */
  url: string;

  /**
   * Its name.
   * @example lunch.png
   */
  file_name: string;
  /**
   * Bytes.
   * @example 2048
   */
  @ApiInt()
  file_size: number;

  /**
   * Its type.
   * @example image/png
   */
  file_type: string;

  /**
   * Smaller pictures of it.
   * @example []
   */
  thumbnails: PlatformThumbnailDto[];

  /**
   * Always false.
   * @example false
   */
  require_auth: boolean;
}

/** What a message sets off. */
export class PlatformMessageEventsDto {
  /** @example receivers */
  send_push_notification: string;

  /**
   * Always true.
   * @example true
   */
  update_unread_count: boolean;

  /**
   * Always true.
   * @example true
   */
  update_mention_count: boolean;

  /**
   * Always true.
   * @example true
   */
  update_last_message: boolean;
}

/** How often a message was answered. */
export class PlatformThreadInfoDto {
  /** @example 1 */
  @ApiInt()
  reply_count: number;

  /** Some of those who have answered: 5 at most. */
  most_replies: PlatformUserSummaryDto[];

  /**
   * Milliseconds since 1970; 0 without answers.
   * @example 1790000100123
   */
  @ApiInt()
  last_replied_at: number;

  /**
   * As `last_replied_at`.
   * @example 1790000100123
   */
  @ApiInt()
  updated_at: number;
}

/** What a message answers. */
export class PlatformParentInfoDto {
  /** @example MESG */
  type: PlatformMessageType;

  /**
   * When it was said, in milliseconds since 1970.
   * @example 1790000100123
   */
  @ApiInt()
  ts: number;

  /** @example "What can you do?" */
  message: string;

  /** Who has said it. Absent for the operator, and for who does not exist any more. */
  user?: PlatformUserSummaryDto;
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

  /**
   * A word by which the operator sorts messages.
   * @example ""
   */
  custom_type: string;

  /** @example lunch */
  channel_url: string;

  /** @example group */
  channel_type: string;

  /** Absent for messages of the operator. */
  user?: PlatformMessageUserDto;

  /** @example "Hello, what can you do?" */
  message: string;

  /**
   * Any text beside the message, such as JSON.
   * @example ""
   */
  data: string;

  file: PlatformFileDto;

  /** Only for messages with files. */
  files?: PlatformFileListItemDto[];

  /**
   * Whom it calls: `users` or `channel`.
   * @example users
   */
  mention_type: MentionType;

  mentioned_users: PlatformUserSummaryDto[];

  /**
   * Always empty.
   * @example {}
   */
  translations: Record<string, string>;

  sorted_metaarray: PlatformMetaArrayDto[];

  /** Only if it was sent with one. */
  extended_message_payload?: object;

  /**
   * The message that this one answers.
   * @example 1
   */
  @ApiInt()
  parent_message_id?: number;

  /**
   * Whether an answer stands in the channel itself; all do.
   * @example true
   */
  is_reply_to_channel?: boolean;

  /** Only with `include_parent_message_info`, of an answer. */
  parent_message_info?: PlatformParentInfoDto;

  /** Only with `include_thread_info`. */
  thread_info?: PlatformThreadInfoDto;

  /**
   * Only with `include_reactions`. Always empty.
   * @example []
   */
  reactions?: object[];

  /**
   * Whether it was deleted; its text is gone then.
   * @example false
   */
  is_removed: boolean;

  /**
   * Always false.
   * @example false
   */
  is_op_msg: boolean;

  /**
   * Whether it was sent without a notification.
   * @example false
   */
  silent: boolean;

  /**
   * Always -1: messages do not disappear.
   * @example -1
   */
  @ApiInt()
  message_survival_seconds: number;

  /**
   * Always -1: messages are kept.
   * @example -1
   */
  @ApiInt()
  message_retention_hour: number;

  /**
   * Always empty.
   * @example ""
   */
  req_id: string;

  message_events: PlatformMessageEventsDto;

  /**
   * Milliseconds since 1970.
   * @example 1790000100123
   */
  @ApiInt()
  created_at: number;

  /**
   * Milliseconds since 1970; 0 if it was never changed.
   * @example 0
   */
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
