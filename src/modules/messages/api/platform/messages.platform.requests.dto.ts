import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
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
  ValidateNested,
} from 'class-validator';
import { ApiInt } from '../../../../protocols/platform/platform-openapi.js';
import { HasVisibleText, IsPlainText } from '../../../../protocols/platform/platform.validators.js';
import type { MentionType } from '../../message.entity.js';
import { PlatformMetaArrayDto, type PlatformMessageType } from './messages.platform.dto.js';

/** Whether a message must have a text. */
const isNoMereFile = ({ message_type, message }: { message_type?: string; message?: string }): boolean =>
  message_type !== 'FILE' || (message !== undefined && message !== '');

/** What a message says, whoever sends it. */
export class PlatformMessageContentDto {
  /** A word by which the operator sorts messages. At most 128 characters. */
  @IsOptional()
  @IsString()
  @MaxLength(128)
  custom_type?: string = '';

  /** Any text beside the message, such as JSON. At most 65536 characters. */
  @IsOptional()
  @IsString()
  @MaxLength(65_536)
  data?: string = '';

  /** Whom the message calls: the users named, or all the members of the channel. */
  @IsOptional()
  @IsIn(['users', 'channel'])
  mention_type?: MentionType = 'users';

  /**
   * The ids of the users that the message mentions. At most 10.
   * @example ["echo"]
   */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(10)
  @IsString({ each: true })
  @MaxLength(80, { each: true })
  mentioned_user_ids?: string[];

  /** Whether it is sent without a notification. */
  @IsOptional()
  @IsBoolean()
  is_silent?: boolean = false;

  /** Accepted for the sake of existing clients; there are no push notifications. */
  @IsOptional()
  @IsBoolean()
  send_push?: boolean = true;

  /** Whether the message counts as read by its sender. */
  @IsOptional()
  @IsBoolean()
  mark_as_read?: boolean = true;

  /**
   * The sender's own name for this message. The same name of the same sender never makes a second message: the first one is
   * answered again. At most 255 characters.
   * @example order-17-shipped
   */
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(255)
  @IsPlainText()
  dedup_id?: string;

  /** Named lists of strings, kept in this order. */
  @IsOptional()
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => PlatformMetaArrayDto)
  sorted_metaarray?: PlatformMetaArrayDto[];

  /**
   * Milliseconds since 1970. Accepted for the sake of existing clients, and ignored: the message gets the time at which it is stored,
   * since times rise with the order of the channel's log, by which messages are listed, read and delivered.
   * @example 1790000100123
   */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(8_640_000_000_000_000)
  @ApiInt()
  created_at?: number;
}

/** A file that is to be fetched from its address. */
export class PlatformFileAddressDto {
  /**
   * A public http or https address. The file is fetched once, now, and kept by this server.
   * @example "https://pictures.example/dinner.png"
   */
  @IsString()
  @IsNotEmpty()
  @MaxLength(2048)
  url: string;

  /**
   * Instead of the name in the address. At most 255 characters.
   * @example dinner.png
   */
  @IsOptional()
  @IsString()
  @MaxLength(255)
  file_name?: string;
}

/** The files of a message, whoever sends it. */
export abstract class PlatformFileMessageDto extends PlatformMessageContentDto {
  abstract message_type?: string;

  /** For `FILE`, in a multipart form: the file. May be repeated. */
  @ApiPropertyOptional({ type: 'string', format: 'binary', example: '(binary)' })
  file?: unknown;

  /**
   * For `FILE`: the public address of a file, which is fetched once, now, and kept by this server.
   * @example "https://pictures.example/dinner.png"
   */
  @IsOptional()
  @IsString()
  @MaxLength(2048)
  url?: string;

  /**
   * For `FILE` with `url`: instead of the name in the address. At most 255 characters.
   * @example dinner.png
   */
  @IsOptional()
  @IsString()
  @MaxLength(255)
  file_name?: string;

  /** For `FILE`: the addresses of several files. */
  @IsOptional()
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => PlatformFileAddressDto)
  files?: PlatformFileAddressDto[];
}

/** A message of a person, or of the operator, to be sent. */
export class PlatformSendMessageDto extends PlatformFileMessageDto {
  /**
   * `MESG` is a message of the user `user_id`, `FILE` one with files; `ADMM` is one of the operator, which bots do not hear.
   * @example MESG
   */
  @IsIn(['MESG', 'FILE', 'ADMM'])
  message_type: PlatformMessageType;

  /**
   * Who sends it: a member of the channel. Required unless `message_type` is `ADMM`. At most 80 characters.
   * @example mia
   */
  @ValidateIf(({ message_type }: PlatformSendMessageDto) => message_type !== 'ADMM')
  @IsString()
  @IsNotEmpty()
  @MaxLength(80)
  user_id?: string;

  /**
   * The text. At most 10000 characters, one of them visible. Optional for `FILE`.
   * @example "Hello, what can you do?"
   */
  @ValidateIf(isNoMereFile)
  @IsString()
  @IsNotEmpty()
  @MaxLength(10_000)
  @HasVisibleText()
  message: string;
}

/** A message of a bot, to be sent. */
export class PlatformBotSendDto extends PlatformFileMessageDto {
  /**
   * A channel that the bot is a member of.
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
  @ValidateIf(isNoMereFile)
  @IsString()
  @IsNotEmpty()
  @MaxLength(10_000)
  @HasVisibleText()
  message: string;

  /** `MESG` is a text, `FILE` a message with files. */
  @IsOptional()
  @IsIn(['MESG', 'FILE'])
  message_type?: PlatformMessageType = 'MESG';

  /**
   * The ids of the users that the message mentions, as `mentioned_user_ids`. At most 100.
   * @example ["mia"]
   */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(100)
  @IsString({ each: true })
  @MaxLength(80, { each: true })
  mentioned?: string[];

  /**
   * The `message_id` of the message that the bot answers.
   * @example 1
   */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(Number.MAX_SAFE_INTEGER)
  @ApiInt()
  target_message_id?: number;

  /**
   * What clients show with the message: `suggested_replies`, a list of strings, and `custom_view`, an object. Kept as it is.
   * @example {"suggested_replies":["Tell me more"]}
   */
  @IsOptional()
  @IsObject()
  extended_message_payload?: object;
}

/** Which messages of a channel to list: those around a time or a message. */
export class PlatformListMessagesQueryDto {
  /**
   * Milliseconds since 1970. Required unless `message_id` is given.
   * @example 0
   */
  @ValidateIf(({ message_id, message_ts }: PlatformListMessagesQueryDto) => !message_id || message_ts !== undefined)
  @IsInt()
  @Min(0)
  @Max(8_640_000_000_000_000)
  @ApiInt()
  message_ts?: number;

  /** The `message_id` around which to list, instead of `message_ts`; 0 counts as absent. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(Number.MAX_SAFE_INTEGER)
  @ApiInt()
  message_id?: number;

  /** How many earlier messages: 0 to 200. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(200)
  @ApiInt()
  prev_limit?: number = 15;

  /** How many later messages: 0 to 200. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(200)
  @ApiInt()
  next_limit?: number = 15;

  /** Whether a message of exactly that time is listed too. */
  @IsOptional()
  @IsBoolean()
  include?: boolean = true;

  /** Newest first instead of oldest first. */
  @IsOptional()
  @IsBoolean()
  reverse?: boolean = false;

  /** Only messages of this sender. */
  @IsOptional()
  @IsString()
  @MaxLength(80)
  sender_id?: string;

  /** Only messages of these senders, separated by commas. At most 100. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(100)
  @IsString({ each: true })
  sender_ids?: string[];

  /** Only messages of this type. */
  @IsOptional()
  @IsIn(['MESG', 'FILE', 'ADMM'])
  message_type?: PlatformMessageType;

  /** Only messages with one of these custom types, separated by commas; an empty one stands for none, `*` for all. */
  @IsOptional()
  @IsString()
  @MaxLength(1024)
  custom_types?: string;

  /** Whether removed messages are listed too, without their text. */
  @IsOptional()
  @IsBoolean()
  including_removed?: boolean = false;

  /** Only messages of operators of the channel, or only of others. */
  @IsOptional()
  @IsIn(['all', 'operator', 'nonoperator'])
  operator_filter?: 'all' | 'operator' | 'nonoperator' = 'all';

  /**
   * `NONE` leaves out messages that answer another one. `ALL` and `ONLY_REPLY_TO_CHANNEL` list them, and mean the same, as all
   * answers are shown in the channel.
   */
  @IsOptional()
  @IsIn(['NONE', 'ALL', 'ONLY_REPLY_TO_CHANNEL'])
  include_reply_type?: 'NONE' | 'ALL' | 'ONLY_REPLY_TO_CHANNEL' = 'NONE';

  /** Whether messages that were answered tell by whom, and when last, as `thread_info`. */
  @IsOptional()
  @IsBoolean()
  include_thread_info?: boolean = false;

  /** Whether answers show the message that they answer, as `parent_message_info`. */
  @IsOptional()
  @IsBoolean()
  include_parent_message_info?: boolean = false;

  /** Whether reactions are shown. There are none, so the list of each message is empty. */
  @IsOptional()
  @IsBoolean()
  include_reactions?: boolean = false;

  /** Accepted for the sake of existing clients; there are no polls. */
  @IsOptional()
  @IsBoolean()
  include_poll_details?: boolean = false;

  /** Accepted for the sake of existing clients; `sorted_metaarray` is always shown. */
  @IsOptional()
  @IsBoolean()
  with_sorted_meta_array?: boolean = false;
}
