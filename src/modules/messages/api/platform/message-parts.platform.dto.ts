import { IsArray, IsNotEmpty, IsString, MaxLength } from 'class-validator';
import { ApiInt } from '../../../../protocols/platform/platform-openapi.js';
import { PlatformUserSummaryDto } from '../../../users/api/platform/users.platform.dto.js';

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
