import { ApiPropertyOptional } from '@nestjs/swagger';
import {
  IsBoolean,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsObject,
  IsOptional,
  IsString,
  Max,
  MaxLength,
  Min,
  ValidateIf,
} from 'class-validator';
import { ApiInt } from '../../../../protocols/platform/platform-openapi.js';
import { AreObjects, AreUserIds, IsMillis, IsUserId } from '../../../../protocols/platform/platform.fields.js';
import { HasVisibleText, IsPlainText } from '../../../../protocols/platform/platform.validators.js';
import type { MentionType } from '../../message.entity.js';
import { PlatformMetaArrayDto, type PlatformMessageType } from './message-parts.platform.dto.js';

/** Whether a message requires a text. */
const requiresText = ({ message_type, message }: { message_type?: string; message?: string }): boolean =>
  message_type !== 'FILE' || (message !== undefined && message !== '');

/** The content of a message of any sender. */
export class PlatformMessageContentDto {
  /** A custom type for sorting messages. At most 128 characters. */
  @IsOptional()
  @IsString()
  @MaxLength(128)
  custom_type?: string = '';

  /** Additional text, such as JSON. At most 65536 characters. */
  @IsOptional()
  @IsString()
  @MaxLength(65_536)
  data?: string = '';

  /** The mentioned users: the given ones, or all members of the channel. */
  @IsOptional()
  @IsIn(['users', 'channel'])
  mention_type?: MentionType = 'users';

  /**
   * The ids of the users that the message mentions. At most 10.
   * @example ["echo"]
   */
  @IsOptional()
  @AreUserIds(10)
  mentioned_user_ids?: string[];

  /** Whether to send the message without a notification. */
  @IsOptional()
  @IsBoolean()
  is_silent?: boolean = false;

  /** Accepted for compatibility; there are no push notifications. */
  @IsOptional()
  @IsBoolean()
  send_push?: boolean = true;

  /** Whether the message counts as read by its sender. */
  @IsOptional()
  @IsBoolean()
  mark_as_read?: boolean = true;

  /**
   * An idempotency key of the sender. A second request of the same sender with the same key creates no message and returns the first
   * one. At most 255 characters.
   * @example order-17-shipped
   */
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(255)
  @IsPlainText()
  dedup_id?: string;

  /** Named lists of strings. Their order is kept. */
  @IsOptional()
  @AreObjects(() => PlatformMetaArrayDto)
  sorted_metaarray?: PlatformMetaArrayDto[];

  /**
   * Milliseconds since 1970. Accepted for compatibility and ignored: a message gets the time at which it is stored, because times rise in
   * the order of the chat log, in which messages are listed, read and delivered.
   * @example 1790000100123
   */
  @IsOptional()
  @IsMillis()
  created_at?: number;
}

/** The URL of a file to fetch. */
export class PlatformFileUrlDto {
  /**
   * A public http or https URL. The server fetches the file once, during the request, and stores it.
   * @example "https://images.example/dinner.png"
   */
  @IsString()
  @IsNotEmpty()
  @MaxLength(2048)
  url: string;

  /**
   * Replaces the name in the URL. At most 255 characters.
   * @example dinner.png
   */
  @IsOptional()
  @IsString()
  @MaxLength(255)
  file_name?: string;
}

/** The files of a message. */
export abstract class PlatformFileMessageDto extends PlatformMessageContentDto {
  abstract message_type?: string;

  /** For `FILE`, in a multipart form: the file. May be repeated. */
  @ApiPropertyOptional({ type: 'string', format: 'binary', example: '(binary)' })
  file?: unknown;

  /**
   * For `FILE`: the public URL of a file. The server fetches it once, during the request, and stores it.
   * @example "https://images.example/dinner.png"
   */
  @IsOptional()
  @IsString()
  @MaxLength(2048)
  url?: string;

  /**
   * For `FILE` with `url`: replaces the name in the URL. At most 255 characters.
   * @example dinner.png
   */
  @IsOptional()
  @IsString()
  @MaxLength(255)
  file_name?: string;

  /** For `FILE`: the URLs of several files. */
  @IsOptional()
  @AreObjects(() => PlatformFileUrlDto)
  files?: PlatformFileUrlDto[];
}

/** A message of a person or of the operator to send. */
export class PlatformSendMessageDto extends PlatformFileMessageDto {
  /**
   * `MESG` is a text message of the user `user_id`, `FILE` a message with files; `ADMM` is a message of the operator and is not delivered to bots.
   * @example MESG
   */
  @IsIn(['MESG', 'FILE', 'ADMM'])
  message_type: PlatformMessageType;

  /**
   * The sender: a member of the channel. Required unless `message_type` is `ADMM`. At most 80 characters.
   * @example mia
   */
  @ValidateIf(({ message_type }: PlatformSendMessageDto) => message_type !== 'ADMM')
  @IsUserId()
  user_id?: string;

  /**
   * The text. At most 10000 characters, one of them visible. Optional for `FILE`.
   * @example "Hello, what can you do?"
   */
  @ValidateIf(requiresText)
  @IsString()
  @IsNotEmpty()
  @MaxLength(10_000)
  @HasVisibleText()
  message: string;
}

/** A message of a bot to send. */
export class PlatformBotSendDto extends PlatformFileMessageDto {
  /**
   * The channel. The bot must be a member.
   * @example lunch
   */
  @IsString()
  @IsNotEmpty()
  @MaxLength(100)
  channel_url: string;

  /**
   * The text. At most 10000 characters, one of them visible. Optional for `FILE`.
   * @example "Here I am."
   */
  @ValidateIf(requiresText)
  @IsString()
  @IsNotEmpty()
  @MaxLength(10_000)
  @HasVisibleText()
  message: string;

  /** `MESG` is a text message, `FILE` a message with files. */
  @IsOptional()
  @IsIn(['MESG', 'FILE'])
  message_type?: PlatformMessageType = 'MESG';

  /**
   * The ids of the users that the message mentions, as `mentioned_user_ids`. At most 100.
   * @example ["mia"]
   */
  @IsOptional()
  @AreUserIds()
  mentioned?: string[];

  /**
   * The `message_id` of the message to which the bot replies.
   * @example 1
   */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(Number.MAX_SAFE_INTEGER)
  @ApiInt()
  target_message_id?: number;

  /**
   * Data that clients render with the message: `suggested_replies`, a list of strings, and `custom_view`, an object. Stored unchanged.
   * @example {"suggested_replies":["More details"]}
   */
  @IsOptional()
  @IsObject()
  extended_message_payload?: object;
}
