import { ApiProperty, OmitType } from '@nestjs/swagger';
import { ApiInt } from '../../../../protocols/platform/platform-openapi.js';
import { PlatformUserSummaryDto } from '../../../users/api/platform/users.platform.dto.js';
import type { MentionType } from '../../message.entity.js';
import {
  PlatformFileDto,
  PlatformFileListItemDto,
  PlatformMessageEventsDto,
  type PlatformMessageType,
  PlatformMessageUserDto,
  PlatformMetaArrayDto,
  PlatformParentInfoDto,
  PlatformThreadInfoDto,
} from './message-parts.platform.dto.js';

/** A message. */
export class PlatformMessageDto {
  /**
   * An integer below 2^53 that rises within a channel.
   * @example 1
   */
  @ApiInt()
  message_id: number;

  /** The type of the message. @example MESG */
  type: PlatformMessageType;

  /**
   * A custom type for sorting messages.
   * @example ""
   */
  custom_type: string;

  /** The channel of the message. @example lunch */
  channel_url: string;

  /** The type of the channel. @example group */
  channel_type: string;

  /** The sender. Absent for messages of the operator. */
  user?: PlatformMessageUserDto;

  /** The text. @example "Hello, what can you do?" */
  message: string;

  /**
   * Additional text, such as JSON. For notices and incomplete replies of an AI bot it is an object: `ai_error_code` is the reason,
   * `ai_actions` lists the possible actions, each with its `type` (`regenerate`, `continue`), the `run_id` to request it with and, if the
   * action is useful only later, `not_before` in milliseconds since 1970.
   * @example ""
   */
  data: string;

  /** The file, in the older form. Empty if the message has none. */
  file: PlatformFileDto;

  /** Only for messages with files. */
  files?: PlatformFileListItemDto[];

  /**
   * The mentioned users: `users` or `channel`.
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

  /** Only if the message was sent with one. */
  extended_message_payload?: object;

  /**
   * The `message_id` of the parent message.
   * @example 1
   */
  @ApiInt()
  parent_message_id?: number;

  /**
   * Whether a reply is shown in the channel itself; always true for replies.
   * @example true
   */
  is_reply_to_channel?: boolean;

  /** Only with `include_parent_message_info`, for a reply. */
  parent_message_info?: PlatformParentInfoDto;

  /** Only with `include_thread_info`. */
  thread_info?: PlatformThreadInfoDto;

  /**
   * Only with `include_reactions`. Always empty.
   * @example []
   */
  reactions?: object[];

  /**
   * Whether the message was deleted. A deleted message has no text.
   * @example false
   */
  is_removed: boolean;

  /**
   * Always false.
   * @example false
   */
  is_op_msg: boolean;

  /**
   * Whether the message was sent without a notification.
   * @example false
   */
  silent: boolean;

  /**
   * Always -1: messages do not expire.
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
   * Time of the message in milliseconds since 1970.
   * @example 1790000100123
   */
  @ApiInt()
  created_at: number;

  /**
   * Time of the last edit in milliseconds since 1970; 0 if the message was never edited.
   * @example 0
   */
  @ApiInt()
  updated_at: number;
}

/** Messages, oldest first unless the query says otherwise. */
export class PlatformMessageListDto {
  /** The messages. */
  messages: PlatformMessageDto[];
}

/** A bot's message: the whole message under `message`, and its fields at the top level for older clients. */
export class PlatformBotMessageDto extends OmitType(PlatformMessageDto, ['message']) {
  /** The whole message. */
  @ApiProperty({ type: PlatformMessageDto })
  message: PlatformMessageDto;
}
