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

/** What shall be changed of a message. Fields that are absent stay as they are. */
export class PlatformUpdateMessageDto {
  /**
   * The type of the message, which stays as it is.
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
   * A word by which the operator sorts messages. At most 128 characters.
   * @example greeting
   */
  @IsOptional()
  @IsString()
  @MaxLength(128)
  custom_type?: string;

  /**
   * Any text beside the message, such as JSON. At most 65536 characters.
   * @example "{}"
   */
  @IsOptional()
  @IsString()
  @MaxLength(65_536)
  data?: string;

  /**
   * Whom the message calls: the users named, or all the members of the channel.
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

/** How many messages there are. */
export class PlatformTotalDto {
  /** @example 12 */
  @ApiInt()
  total: number;
}

/** Who has read a channel. */
export class PlatformMarkReadDto {
  /**
   * A member of the channel. At most 80 characters.
   * @example mia
   */
  @IsUserId()
  user_id: string;

  /**
   * Only what was said up to this time, in milliseconds since 1970; all if absent.
   * @example 1790000100123
   */
  @IsOptional()
  @IsMillis()
  timestamp?: number;
}

/** Who has got the messages of a channel. */
export class PlatformMarkDeliveredDto {
  /**
   * A member of the channel. At most 80 characters.
   * @example mia
   */
  @IsUserId()
  user_id: string;
}

/** Whose unread messages to count. */
export class PlatformUnreadQueryDto {
  /**
   * Members of the channel, separated by commas. At most 100.
   * @example ["mia","echo"]
   */
  @AreStrings(100)
  user_ids: string[];
}

/** How many messages each has not read. */
export class PlatformUnreadDto {
  /**
   * By user id; 0 for whoever is not a member.
   * @example {"mia":0,"echo":2}
   */
  unread: Record<string, number>;
}

/** Which channels a user has read. */
export class PlatformMarkAllReadDto {
  static readonly bodyMayBeAbsent = true;

  /**
   * Only these; all if absent. At most 100.
   * @example ["lunch"]
   */
  @IsOptional()
  @AreChannelUrls()
  channel_urls?: string[];
}

/** Which of a user's channels count. */
export class PlatformUnreadCountQueryDto {
  /**
   * Only channels with one of these custom types, separated by commas. At most 100.
   * @example ["food"]
   */
  @IsOptional()
  @AreStrings(100)
  custom_types?: string[];
}

/** How many messages a user has not read in all its channels. */
export class PlatformUnreadCountDto {
  /** @example 2 */
  @ApiInt()
  unread_count: number;
}
