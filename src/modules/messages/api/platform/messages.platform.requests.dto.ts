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
  @AreUserIds(10)
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
  @AreObjects(() => PlatformMetaArrayDto)
  sorted_metaarray?: PlatformMetaArrayDto[];

  /**
   * Milliseconds since 1970. Accepted for the sake of existing clients, and ignored: the message gets the time at which it is stored,
   * since times rise with the order of the channel's log, by which messages are listed, read and delivered.
   * @example 1790000100123
   */
  @IsOptional()
  @IsMillis()
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
  @AreObjects(() => PlatformFileAddressDto)
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
  @IsUserId()
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
  @AreUserIds()
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
