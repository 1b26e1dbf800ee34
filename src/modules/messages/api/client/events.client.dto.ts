import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, Max, Min } from 'class-validator';
import { toInteger } from '../../../../protocols/client/to-integer.js';
import { ClientMessageDto } from './messages.client.dto.js';

const first = (value: unknown): unknown => (Array.isArray(value) ? value[0] : value);
const toFirstInteger = ({ value }: { value: unknown }): unknown => toInteger({ value: first(value) });

/** What can happen, and is told again to whoever comes back. */
export const KEPT_EVENTS = [
  'message.created',
  'message.edited',
  'message.removed',
  'member.joined',
  'member.invited',
  'member.declined',
  'member.left',
  'chat.changed',
] as const;

/** Where to begin. */
export class ClientFollowEventsDto {
  /** Where to go on: the `id` of the last event that was seen, or `0` for all that ever was. The header `Last-Event-ID` goes before. @example "0" */
  @ApiPropertyOptional({ maxLength: 1000 })
  @Transform(({ value }: { value: unknown }) => first(value))
  @IsString()
  @IsOptional()
  after?: string;
}

/** Where to begin, and how long to wait. */
export class ClientPollEventsDto extends ClientFollowEventsDto {
  /** Seconds to wait for an event when there is none yet. @example 25 */
  @ApiPropertyOptional({ type: 'integer', minimum: 0, maximum: 60 })
  @Transform(toFirstInteger)
  @Max(60)
  @Min(0)
  @IsInt()
  wait: number = 0;

  /** Events in an answer. @example 100 */
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 1000 })
  @Transform(toFirstInteger)
  @Max(1000)
  @Min(1)
  @IsInt()
  limit: number = 100;
}

/** Something that has happened in a chat. */
export class ClientEventDto {
  /** Where to go on behind this event. @example WzE2OTY3NTgxMDUzMzYsMiwiMDFoYzdhYTk0N3M0ZmR3eXd3anFyMTR3aDciXQ */
  id: string;

  /** @example message.created */
  @ApiProperty({ enum: KEPT_EVENTS })
  @IsIn(KEPT_EVENTS)
  type: string;

  /** @example 01hc7aa947s4fdwywwjqr14wh7 */
  chatId: string;

  /** Rises in each chat, over its messages and its other events. @example 2 */
  @ApiProperty({ type: 'integer' })
  seq: number;

  /** Milliseconds since 1970. @example 1696758105336 */
  @ApiProperty({ type: 'integer' })
  timestamp: number;

  /** Who did it; empty for the operator of the server. @example 01hc71yz5pny5bmf0b4055zbjw */
  actorId: string;

  /** Of `message.created` and `message.edited`: the message as it is now. */
  message?: ClientMessageDto;

  /** Of `message.removed`. @example 01hc7akt8z3w2a5ayfcrvkfy52 */
  messageId?: string;

  /** Of `member.*`: who it is about. @example 01hc71yz5pny5bmf0b4055zbjw */
  userId?: string;
}

/** What has happened since the cursor that was asked for. */
export class ClientEventPageDto {
  /** Oldest first. */
  events: ClientEventDto[];

  /** What to ask for next as `after`. @example WzE2OTY3NTgxMDUzMzYsMiwiMDFoYzdhYTk0N3M0ZmR3eXd3anFyMTR3aDciXQ */
  cursor: string;
}
