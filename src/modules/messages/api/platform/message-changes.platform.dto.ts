import { IsIn, IsNotEmpty, IsOptional, IsString, MaxLength } from 'class-validator';
import { ApiInt } from '../../../../protocols/platform/platform-openapi.js';
import {
  AreChannelUrls,
  AreStrings,
  AreUserIds,
  IsMillis,
  IsUserId,
} from '../../../../protocols/platform/platform.fields.js';
import { HasVisibleText } from '../../../../protocols/platform/platform.validators.js';
import type { MentionType } from '../../message.entity.js';
import type { PlatformMessageType } from './message-parts.platform.dto.js';

/** The message fields to change. Absent fields stay unchanged. */
export class PlatformUpdateMessageDto {
  /**
   * The type of the message. It cannot change.
   * @example MESG
   */
  @IsOptional()
  @IsIn(['MESG', 'FILE', 'ADMM'])
  message_type?: PlatformMessageType;

  /**
   * The text. At most 10000 characters, one of them visible.
   * @example "Hello again, what can you do?"
   */
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(10_000)
  @HasVisibleText()
  message?: string;

  /**
   * A custom type for sorting messages. At most 128 characters.
   * @example greeting
   */
  @IsOptional()
  @IsString()
  @MaxLength(128)
  custom_type?: string;

  /**
   * Additional text, such as JSON. At most 65536 characters.
   * @example "{}"
   */
  @IsOptional()
  @IsString()
  @MaxLength(65_536)
  data?: string;

  /**
   * The mentioned users: the given ones, or all members of the channel.
   * @example users
   */
  @IsOptional()
  @IsIn(['users', 'channel'])
  mention_type?: MentionType;

  /**
   * The ids of the users that the message mentions. At most 10.
   * @example ["echo"]
   */
  @IsOptional()
  @AreUserIds(10)
  mentioned_user_ids?: string[];
}

/** The number of messages. */
export class PlatformTotalDto {
  /** The number of messages. @example 12 */
  @ApiInt()
  total: number;
}

/** The member that read the channel. */
export class PlatformMarkReadDto {
  /**
   * A member of the channel. At most 80 characters.
   * @example mia
   */
  @IsUserId()
  user_id: string;

  /**
   * Mark only messages up to this time, in milliseconds since 1970, as read; all if absent.
   * @example 1790000100123
   */
  @IsOptional()
  @IsMillis()
  timestamp?: number;
}

/** The member that received the messages of the channel. */
export class PlatformMarkDeliveredDto {
  /**
   * A member of the channel. At most 80 characters.
   * @example mia
   */
  @IsUserId()
  user_id: string;
}

/** The members to count unread messages for. */
export class PlatformUnreadQueryDto {
  /**
   * Members of the channel, separated by commas. At most 100.
   * @example ["mia","echo"]
   */
  @AreStrings(100)
  user_ids: string[];
}

/** The unread messages of each member. */
export class PlatformUnreadDto {
  /**
   * Counts by user id; 0 for users who are not members.
   * @example {"mia":0,"echo":2}
   */
  unread: Record<string, number>;
}

/** The channels to mark as read. */
export class PlatformMarkAllReadDto {
  static readonly bodyMayBeAbsent = true;

  /**
   * Only these channels; all if absent. At most 100.
   * @example ["lunch"]
   */
  @IsOptional()
  @AreChannelUrls()
  channel_urls?: string[];
}

/** The channels to count unread messages in. */
export class PlatformUnreadCountQueryDto {
  /**
   * Only channels with one of these custom types, separated by commas. At most 100.
   * @example ["food"]
   */
  @IsOptional()
  @AreStrings(100)
  custom_types?: string[];
}

/** The number of unread messages in all channels of a user. */
export class PlatformUnreadCountDto {
  /** The number of unread messages. @example 2 */
  @ApiInt()
  unread_count: number;
}
