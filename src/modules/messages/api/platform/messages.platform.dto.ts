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
   * Any text beside the message, such as JSON. Of what an AI bot says instead of an answer, and of an answer that is not whole, it is an
   * object: `ai_error_code` tells why, and `ai_actions` what may be asked for then, each with its `type` (`regenerate`, `continue`), the
   * `run_id` to ask with, and, if it makes no sense before, `not_before` in milliseconds since 1970.
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
