import { IsArray, IsNotEmpty, IsString, MaxLength } from 'class-validator';
import { ApiInt } from '../../../../protocols/platform/platform-openapi.js';
import { PlatformUserSummaryDto } from '../../../users/api/platform/users.platform.dto.js';

export type PlatformMessageType = 'MESG' | 'FILE' | 'ADMM';

/** An item of `sorted_metaarray`. */
export class PlatformMetaArrayDto {
  /** The name of the list. @example colours */
  @IsString()
  @IsNotEmpty()
  @MaxLength(128)
  key: string;

  /** The strings of the list. @example ["red","blue"] */
  @IsArray()
  @IsString({ each: true })
  value: string[];
}

/** The sender of a message. */
export class PlatformMessageUserDto extends PlatformUserSummaryDto {
  /** The role of the sender in the channel. @example "" */
  role: string;
}

/** A preview image of a file. */
export class PlatformThumbnailDto {
  /**
   * The URL of the image.
   * @example https://parley.example/static/previews/0123.webp
   */
  url: string;

  /**
   * The same URL.
   * @example https://parley.example/static/previews/0123.webp
   */
  plain_url: string;

  /**
   * Width in pixels.
   * @example 512
   */
  @ApiInt()
  width: number;

  /**
   * Height in pixels.
   * @example 341
   */
  @ApiInt()
  height: number;

  /**
   * Width of the file in pixels.
   * @example 1200
   */
  @ApiInt()
  real_width: number;

  /**
   * Height of the file in pixels.
   * @example 800
   */
  @ApiInt()
  real_height: number;
}

/** The file of a message, in the older form. Empty if the message has none. */
export class PlatformFileDto {
  /**
   * The URL of the file.
   * @example https://parley.example/files/lunch.png
   */
  url?: string;

  /**
   * The name of the file.
   * @example lunch.png
   */
  name?: string;

  /**
   * The MIME type of the file.
   * @example image/png
   */
  type?: string;
  /**
   * Size in bytes.
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
   * Preview images of the file.
   * @example []
   */
  thumbnails?: PlatformThumbnailDto[];
}

/** A file of a message. */
export class PlatformFileListItemDto {
  /**
   * The URL of the file.
   * @example https://parley.example/files/lunch.png
   */
  url: string;

  /**
   * The name of the file.
   * @example lunch.png
   */
  file_name: string;
  /**
   * Size in bytes.
   * @example 2048
   */
  @ApiInt()
  file_size: number;

  /**
   * The MIME type of the file.
   * @example image/png
   */
  file_type: string;

  /**
   * Preview images of the file.
   * @example []
   */
  thumbnails: PlatformThumbnailDto[];

  /**
   * Always false.
   * @example false
   */
  require_auth: boolean;
}

/** The effects of a message. */
export class PlatformMessageEventsDto {
  /** The recipients of push notifications. @example receivers */
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

/** The replies to a message. */
export class PlatformThreadInfoDto {
  /** The number of replies. @example 1 */
  @ApiInt()
  reply_count: number;

  /** Up to 5 of the users who replied. */
  most_replies: PlatformUserSummaryDto[];

  /**
   * Time of the last reply in milliseconds since 1970; 0 without replies.
   * @example 1790000100123
   */
  @ApiInt()
  last_replied_at: number;

  /**
   * Same as `last_replied_at`.
   * @example 1790000100123
   */
  @ApiInt()
  updated_at: number;
}

/** The parent message of a reply. */
export class PlatformParentInfoDto {
  /** The type of the parent message. @example MESG */
  type: PlatformMessageType;

  /**
   * Time of the parent message in milliseconds since 1970.
   * @example 1790000100123
   */
  @ApiInt()
  ts: number;

  /** The text of the parent message. @example "What can you do?" */
  message: string;

  /** The sender. Absent for messages of an API credential and of deleted users. */
  user?: PlatformUserSummaryDto;
}
