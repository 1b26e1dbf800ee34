import { IsBoolean, IsIn, IsInt, IsOptional, IsString, Max, MaxLength, Min, ValidateIf } from 'class-validator';
import { ApiInt } from '../../../../protocols/platform/platform-openapi.js';
import { AreStrings, IsMillis } from '../../../../protocols/platform/platform.fields.js';
import type { PlatformMessageType } from './message-parts.platform.dto.js';

/** The messages of a channel to list: those around a time or a message. */
export class PlatformListMessagesQueryDto {
  /**
   * Milliseconds since 1970. Required unless `message_id` is given.
   * @example 0
   */
  @ValidateIf(({ message_id, message_ts }: PlatformListMessagesQueryDto) => !message_id || message_ts !== undefined)
  @IsMillis()
  message_ts?: number;

  /** The `message_id` around which to list, instead of `message_ts`; 0 counts as absent. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(Number.MAX_SAFE_INTEGER)
  @ApiInt()
  message_id?: number;

  /** The number of earlier messages: 0 to 200. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(200)
  @ApiInt()
  prev_limit?: number = 15;

  /** The number of later messages: 0 to 200. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(200)
  @ApiInt()
  next_limit?: number = 15;

  /** Whether to list a message of exactly that time. */
  @IsOptional()
  @IsBoolean()
  include?: boolean = true;

  /** Newest first instead of oldest first. */
  @IsOptional()
  @IsBoolean()
  reverse?: boolean = false;

  /** Return only messages of this sender. */
  @IsOptional()
  @IsString()
  @MaxLength(80)
  sender_id?: string;

  /** Return only messages of these senders, separated by commas. At most 100. */
  @IsOptional()
  @AreStrings(100)
  sender_ids?: string[];

  /** Return only messages of this type. */
  @IsOptional()
  @IsIn(['MESG', 'FILE', 'ADMM'])
  message_type?: PlatformMessageType;

  /** Return only messages with one of these custom types, separated by commas; an empty one stands for none, `*` for all. */
  @IsOptional()
  @IsString()
  @MaxLength(1024)
  custom_types?: string;

  /** Whether to list removed messages, without their text. */
  @IsOptional()
  @IsBoolean()
  including_removed?: boolean = false;

  /** Return only messages of operators of the channel, or only of others. */
  @IsOptional()
  @IsIn(['all', 'operator', 'nonoperator'])
  operator_filter?: 'all' | 'operator' | 'nonoperator' = 'all';

  /**
   * `NONE` omits replies. `ALL` and `ONLY_REPLY_TO_CHANNEL` list them; both have the same effect, because all replies are shown in the
   * channel.
   */
  @IsOptional()
  @IsIn(['NONE', 'ALL', 'ONLY_REPLY_TO_CHANNEL'])
  include_reply_type?: 'NONE' | 'ALL' | 'ONLY_REPLY_TO_CHANNEL' = 'NONE';

  /** Whether messages with replies include `thread_info`: the repliers and the time of the last reply. */
  @IsOptional()
  @IsBoolean()
  include_thread_info?: boolean = false;

  /** Whether replies include their parent message as `parent_message_info`. */
  @IsOptional()
  @IsBoolean()
  include_parent_message_info?: boolean = false;

  /** Whether to include reactions. There are none, so the list of each message is empty. */
  @IsOptional()
  @IsBoolean()
  include_reactions?: boolean = false;

  /** Accepted for compatibility; there are no polls. */
  @IsOptional()
  @IsBoolean()
  include_poll_details?: boolean = false;

  /** Accepted for compatibility; `sorted_metaarray` is always included. */
  @IsOptional()
  @IsBoolean()
  with_sorted_meta_array?: boolean = false;
}
