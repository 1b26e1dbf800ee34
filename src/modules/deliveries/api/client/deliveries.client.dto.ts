import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsIn, IsInt, IsNotEmpty, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { ClientBotPageDto, ClientNumberedPageDto } from '../../../../protocols/client/client.paging.dto.js';
import { toInteger } from '../../../../protocols/client/to-integer.js';

const MAX_TIME = 8.64e15;
const STATUSES = ['pending', 'delivered', 'skipped', 'dead'] as const;

/** Filters of the list of deliveries. */
export class ClientListDeliveriesDto extends ClientBotPageDto {
  /** Return only deliveries to this endpoint. @example 01hcjd34adz1va07vk97jfjmgq */
  @ApiPropertyOptional({ maxLength: 64 })
  @MaxLength(64)
  @IsString()
  @IsOptional()
  endpointId?: string;

  /** Return only deliveries with this status. @example dead */
  @ApiPropertyOptional({ enum: STATUSES })
  @IsIn(STATUSES)
  @IsOptional()
  status?: (typeof STATUSES)[number];

  /** Return only deliveries created at or after this time, in milliseconds since 1970. @example 1696758105336 */
  @ApiPropertyOptional({ type: 'integer', minimum: 0 })
  @Transform(toInteger)
  @Max(MAX_TIME)
  @Min(0)
  @IsInt()
  @IsOptional()
  since?: number;

  /** Return only deliveries created before this time, in milliseconds since 1970. @example 1696758205336 */
  @ApiPropertyOptional({ type: 'integer', minimum: 0 })
  @Transform(toInteger)
  @Max(MAX_TIME)
  @Min(0)
  @IsInt()
  @IsOptional()
  until?: number;

  /** The cursor: `next` of the previous page. @example WyIyMDI2Il0 */
  @ApiPropertyOptional({ maxLength: 512 })
  @MaxLength(512)
  @IsString()
  @IsOptional()
  after?: string;
}

/** The delivery of an entry of a chat log to an endpoint. */
export class ClientDeliveryDto {
  /** The endpoint. @example 01hcjd34adz1va07vk97jfjmgq */
  endpointId: string;

  /** The bot of the endpoint. @example echo */
  botId: string;

  /** The chat of the entry. @example 01hc7aa947s4fdwywwjqr14wh7 */
  chatId: string;

  /** The sequence number of the entry in the chat log. @example 42 */
  @ApiProperty({ type: 'integer' })
  seq: number;

  /** The `webhook-id` of all attempts. @example evt_01hc7akt8z3w2a5ayfcrvkfy52 */
  eventId: string;

  /** The status; `dead` if the entry was given up. @example delivered */
  @ApiProperty({ enum: STATUSES })
  status: string;

  /** The reason to skip it, or the error of the last attempt; empty otherwise. @example privacy_mode */
  reason: string;

  /** Number of attempts so far. @example 1 */
  @ApiProperty({ type: 'integer' })
  attempts: number;

  /** Time of creation in milliseconds since 1970. @example 1696758105336 */
  @ApiProperty({ type: 'integer' })
  createdAt: number;

  /** Time of completion in milliseconds since 1970; null while pending. @example 1696758105436 */
  @ApiProperty({ type: 'integer', nullable: true })
  doneAt: number | null;
}

/** A page of deliveries. */
export class ClientDeliveryPageDto {
  /** The deliveries, newest first. */
  deliveries: ClientDeliveryDto[];

  /** The cursor of the next page, to pass as `after`; null on the last page. @example WyIyMDI2Il0 */
  @ApiProperty({ type: 'string', nullable: true })
  next: string | null;
}

/** An attempt of a delivery. */
export class ClientAttemptDto {
  /** The number of the attempt, from 1. @example 1 */
  @ApiProperty({ type: 'integer' })
  number: number;

  /** Start of the attempt in milliseconds since 1970. @example 1696758105336 */
  @ApiProperty({ type: 'integer' })
  at: number;

  /** The HTTP status; null without a response. @example 200 */
  @ApiProperty({ type: 'integer', nullable: true })
  httpStatus: number | null;

  /** The error code; empty after a delivery. @example http_500 */
  errorCode: string;

  /** Duration in milliseconds. @example 12 */
  @ApiProperty({ type: 'integer' })
  durationMs: number;

  /** `manual` for a requested redelivery, `probe` for a check whether the endpoint has recovered. @example auto */
  @ApiProperty({ enum: ['auto', 'manual', 'probe'] })
  trigger: string;

  /** The beginning of the response body. @example {} */
  responseHead: string;

  /** Id of the request that caused the event, as in the server log; empty if unknown. @example 2f1c7e0a-5d0b-4d3e-9a57-6b1f0c2d4e8a */
  requestId: string;
}

/** The delivery of a message to an endpoint. */
export class ClientTracedSubscriptionDto {
  /** The endpoint. @example 01hcjd34adz1va07vk97jfjmgq */
  endpointId: string;

  /** The bot of the endpoint. @example echo */
  botId: string;

  /** The transport. @example callback */
  transport: string;

  /** The body format. @example client */
  format: string;

  /** The status; `waiting` before the first attempt. @example delivered */
  @ApiProperty({ enum: ['waiting', ...STATUSES] })
  status: string;

  /** The reason to skip it, or the error of the last attempt; empty otherwise. @example privacy_mode */
  reason: string;

  /** Time of the next attempt in milliseconds since 1970; null without one. @example 1696758205336 */
  @ApiProperty({ type: 'integer', nullable: true })
  nextTryAt: number | null;

  /** The attempts, oldest first. */
  attempts: ClientAttemptDto[];
}

/** A reply to a message. */
export class ClientTraceAnswerDto {
  /** The id of the reply. @example 01hc7akt8z3w2a5ayfcrvkfy53 */
  id: string;

  /** The sender of the reply. @example echo */
  senderId: string;

  /** Time of the reply in milliseconds since 1970. @example 1696758106336 */
  @ApiProperty({ type: 'integer' })
  timestamp: number;
}

/** The deliveries of a message to the bots of its chat. */
export class ClientMessageTraceDto {
  /** The message. @example 01hc7akt8z3w2a5ayfcrvkfy52 */
  messageId: string;

  /** The chat of the message. @example 01hc7aa947s4fdwywwjqr14wh7 */
  chatId: string;

  /** The sequence number of the message in the chat log. @example 42 */
  @ApiProperty({ type: 'integer' })
  seq: number;

  /** The sender; empty for an API credential. @example 01hc71yz5pny5bmf0b4055zbjw */
  senderId: string;

  /** Time of storage in milliseconds since 1970. @example 1696758105336 */
  @ApiProperty({ type: 'integer' })
  storedAt: number;

  /** One item for each endpoint of each bot in the chat. */
  subscriptions: ClientTracedSubscriptionDto[];

  /** Replies that refer to the message. */
  answers: ClientTraceAnswerDto[];
}

/** The delivery to repeat. */
export class ClientRedeliverDto {
  /** The endpoint. @example 01hcjd34adz1va07vk97jfjmgq */
  @ApiProperty({ maxLength: 64 })
  @MaxLength(64)
  @IsNotEmpty()
  @IsString()
  endpointId: string;

  /** The chat of the entry. @example 01hc7aa947s4fdwywwjqr14wh7 */
  @ApiProperty({ maxLength: 128 })
  @MaxLength(128)
  @IsNotEmpty()
  @IsString()
  chatId: string;

  /** The sequence number of the entry in the chat log. @example 42 */
  @ApiProperty({ type: 'integer', minimum: 1 })
  @Max(Number.MAX_SAFE_INTEGER)
  @Min(1)
  @IsInt()
  seq: number;
}

/** The result of a redelivery request. */
export class ClientRedeliveredDto {
  /** Number of entries to redeliver. @example 3 */
  @ApiProperty({ type: 'integer' })
  count: number;

  /** Whether the entries were only counted. @example true */
  dryRun: boolean;
}

/** Filters of the list of delivery events. */
export class ClientListDeliveryEventsDto extends ClientNumberedPageDto {
  /** Return only events of this endpoint. @example 01hcjd34adz1va07vk97jfjmgq */
  @ApiPropertyOptional({ maxLength: 64 })
  @MaxLength(64)
  @IsString()
  @IsOptional()
  endpointId?: string;
}

/** A change of an endpoint. */
export class ClientDeliveryEventDto {
  /** The id of the event. @example 17 */
  @ApiProperty({ type: 'integer' })
  id: number;

  /** Time of the event in milliseconds since 1970. @example 1696758105336 */
  @ApiProperty({ type: 'integer' })
  at: number;

  /** The kind of event. @example endpoint.failing */
  @ApiProperty({
    enum: [
      'endpoint.failing',
      'endpoint.still_failing',
      'endpoint.disabled',
      'endpoint.recovered',
      'endpoint.paused',
      'endpoint.resumed',
      'invariant.repaired',
    ],
  })
  type: string;

  /** The endpoint. @example 01hcjd34adz1va07vk97jfjmgq */
  endpointId: string;

  /** The bot of the endpoint. @example echo */
  botId: string;

  /** Additional facts. @example {"error":"http_500","failures":10} */
  @ApiProperty({ type: 'object', additionalProperties: true })
  details: Record<string, string | number>;
}
