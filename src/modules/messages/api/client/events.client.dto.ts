import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, Max, Min } from 'class-validator';
import { toInteger } from '../../../../protocols/client/to-integer.js';
import { ClientMessageDto } from './messages.client.dto.js';

const first = (value: unknown): unknown => (Array.isArray(value) ? value[0] : value);
const toFirstInteger = ({ value }: { value: unknown }): unknown => toInteger({ value: first(value) });

/** Types of stored events. A client that reconnects receives them. */
export const STORED_EVENTS = [
  'message.created',
  'message.edited',
  'message.removed',
  'member.joined',
  'member.invited',
  'member.declined',
  'member.left',
  'chat.changed',
] as const;

/** The position at which a stream begins. */
export class ClientStreamEventsDto {
  /** The cursor to resume at: the `id` of the last received event, or `0` for all events. The header `Last-Event-ID` takes precedence. @example "0" */
  @ApiPropertyOptional({ maxLength: 1000 })
  @Transform(({ value }: { value: unknown }) => first(value))
  @IsString()
  @IsOptional()
  after?: string;
}

/** The position at which a page begins, and how long to wait. */
export class ClientPollEventsDto extends ClientStreamEventsDto {
  /** Seconds to wait for an event if there is none yet. @example 25 */
  @ApiPropertyOptional({ type: 'integer', minimum: 0, maximum: 60 })
  @Transform(toFirstInteger)
  @Max(60)
  @Min(0)
  @IsInt()
  wait: number = 0;

  /** Maximum number of events in the response. @example 100 */
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 1000 })
  @Transform(toFirstInteger)
  @Max(1000)
  @Min(1)
  @IsInt()
  limit: number = 100;
}

/** An event in a chat. */
export class ClientEventDto {
  /** The cursor after this event. @example WzE2OTY3NTgxMDUzMzYsMiwiMDFoYzdhYTk0N3M0ZmR3eXd3anFyMTR3aDciXQ */
  id: string;

  /** The kind of event. @example message.created */
  @ApiProperty({ enum: STORED_EVENTS })
  @IsIn(STORED_EVENTS)
  type: string;

  /** The chat of the event. @example 01hc7aa947s4fdwywwjqr14wh7 */
  chatId: string;

  /** The number in the chat log. It rises over the chat's messages and other events. @example 2 */
  @ApiProperty({ type: 'integer' })
  seq: number;

  /** Time of the event in milliseconds since 1970. @example 1696758105336 */
  @ApiProperty({ type: 'integer' })
  timestamp: number;

  /** The user or bot that caused the event; empty for an API credential. @example 01hc71yz5pny5bmf0b4055zbjw */
  actorId: string;

  /** For `message.created` and `message.edited`: the current message. */
  message?: ClientMessageDto;

  /** For `message.removed`: the removed message. @example 01hc7akt8z3w2a5ayfcrvkfy52 */
  messageId?: string;

  /** For `member.*`: the affected member. @example 01hc71yz5pny5bmf0b4055zbjw */
  userId?: string;
}

/** The events after the requested cursor. */
export class ClientEventPageDto {
  /** The events, oldest first. */
  events: ClientEventDto[];

  /** Pass as `after` in the next request. @example WzE2OTY3NTgxMDUzMzYsMiwiMDFoYzdhYTk0N3M0ZmR3eXd3anFyMTR3aDciXQ */
  cursor: string;
}
