import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsIn, IsInt, IsNotEmpty, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { ClientBotPageDto, ClientNewsPageDto } from '../../../../protocols/client/client.paging.dto.js';
import { toInteger } from '../../../../protocols/client/to-integer.js';

const MAX_TIME = 8.64e15;
const STATUSES = ['pending', 'delivered', 'skipped', 'dead'] as const;

/** Which deliveries to show. */
export class ClientListDeliveriesDto extends ClientBotPageDto {
  /** Only those to this endpoint. @example 01hcjd34adz1va07vk97jfjmgq */
  @ApiPropertyOptional({ maxLength: 64 })
  @MaxLength(64)
  @IsString()
  @IsOptional()
  endpointId?: string;

  /** Only those with this outcome. @example dead */
  @ApiPropertyOptional({ enum: STATUSES })
  @IsIn(STATUSES)
  @IsOptional()
  status?: (typeof STATUSES)[number];

  /** Milliseconds since 1970; only those from then on. @example 1696758105336 */
  @ApiPropertyOptional({ type: 'integer', minimum: 0 })
  @Transform(toInteger)
  @Max(MAX_TIME)
  @Min(0)
  @IsInt()
  @IsOptional()
  since?: number;

  /** Milliseconds since 1970; only those before then. @example 1696758205336 */
  @ApiPropertyOptional({ type: 'integer', minimum: 0 })
  @Transform(toInteger)
  @Max(MAX_TIME)
  @Min(0)
  @IsInt()
  @IsOptional()
  until?: number;

  /** The `next` of the page before. @example WyIyMDI2Il0 */
  @ApiPropertyOptional({ maxLength: 512 })
  @MaxLength(512)
  @IsString()
  @IsOptional()
  after?: string;
}

/** What became of one entry of a chat's log at one endpoint. */
export class ClientDeliveryDto {
  /** @example 01hcjd34adz1va07vk97jfjmgq */
  endpointId: string;

  /** @example echo */
  botId: string;

  /** @example 01hc7aa947s4fdwywwjqr14wh7 */
  chatId: string;

  /** The entry's number in the log of its chat. @example 42 */
  @ApiProperty({ type: 'integer' })
  seq: number;

  /** The `webhook-id` of all its tries. @example evt_01hc7akt8z3w2a5ayfcrvkfy52 */
  eventId: string;

  /** @example delivered */
  @ApiProperty({ enum: STATUSES })
  status: string;

  /** Why it was skipped, or with what its last try failed; empty otherwise. @example privacy_mode */
  reason: string;

  /** Tries so far. @example 1 */
  @ApiProperty({ type: 'integer' })
  attempts: number;

  /** Milliseconds since 1970. @example 1696758105336 */
  @ApiProperty({ type: 'integer' })
  createdAt: number;

  /** Milliseconds since 1970; null while it is pending. @example 1696758105436 */
  @ApiProperty({ type: 'integer', nullable: true })
  doneAt: number | null;
}

/** Deliveries, the newest first. */
export class ClientDeliveryPageDto {
  deliveries: ClientDeliveryDto[];

  /** For the `after` of the next page; null at the end. @example WyIyMDI2Il0 */
  @ApiProperty({ type: 'string', nullable: true })
  next: string | null;
}

/** One try to deliver something. */
export class ClientAttemptDto {
  /** 1 for the first. @example 1 */
  @ApiProperty({ type: 'integer' })
  number: number;

  /** Milliseconds since 1970. @example 1696758105336 */
  @ApiProperty({ type: 'integer' })
  at: number;

  /** Null when no answer came. @example 200 */
  @ApiProperty({ type: 'integer', nullable: true })
  httpStatus: number | null;

  /** Empty when it was delivered. @example http_500 */
  errorCode: string;

  /** @example 12 */
  @ApiProperty({ type: 'integer' })
  durationMs: number;

  /** `manual` when somebody has asked for it, `probe` when it was to see whether the endpoint is back. @example auto */
  @ApiProperty({ enum: ['auto', 'manual', 'probe'] })
  trigger: string;

  /** The beginning of the answer. @example {} */
  responseHead: string;

  /** Finds the request in the log of the server. @example 2f1c7e0a-5d0b-4d3e-9a57-6b1f0c2d4e8a */
  requestId: string;
}

/** What one endpoint has made of a message. */
export class ClientTracedLaneDto {
  /** @example 01hcjd34adz1va07vk97jfjmgq */
  endpointId: string;

  /** @example echo */
  botId: string;

  /** @example callback */
  transport: string;

  /** @example client */
  format: string;

  /** `waiting` while the endpoint has not come to it. @example delivered */
  @ApiProperty({ enum: ['waiting', ...STATUSES] })
  status: string;

  /** Why it was skipped, or with what its last try failed; empty otherwise. @example privacy_mode */
  reason: string;

  /** Milliseconds since 1970 of the next try; null when there is none. @example 1696758205336 */
  @ApiProperty({ type: 'integer', nullable: true })
  nextTryAt: number | null;

  attempts: ClientAttemptDto[];
}

export class ClientTraceAnswerDto {
  /** @example 01hc7akt8z3w2a5ayfcrvkfy53 */
  id: string;

  /** @example echo */
  senderId: string;

  /** Milliseconds since 1970. @example 1696758106336 */
  @ApiProperty({ type: 'integer' })
  timestamp: number;
}

/** A message's way to the bots of its chat. */
export class ClientMessageTraceDto {
  /** @example 01hc7akt8z3w2a5ayfcrvkfy52 */
  messageId: string;

  /** @example 01hc7aa947s4fdwywwjqr14wh7 */
  chatId: string;

  /** Its number in the log of the chat. @example 42 */
  @ApiProperty({ type: 'integer' })
  seq: number;

  /** Empty for the operator of the server. @example 01hc71yz5pny5bmf0b4055zbjw */
  senderId: string;

  /** When it was stored: milliseconds since 1970. @example 1696758105336 */
  @ApiProperty({ type: 'integer' })
  storedAt: number;

  /** One for each endpoint of a bot in the chat. */
  lanes: ClientTracedLaneDto[];

  /** Messages that answer it by naming it. */
  answers: ClientTraceAnswerDto[];
}

/** One delivery that shall be made again. */
export class ClientRedeliverDto {
  /** @example 01hcjd34adz1va07vk97jfjmgq */
  @ApiProperty({ maxLength: 64 })
  @MaxLength(64)
  @IsNotEmpty()
  @IsString()
  endpointId: string;

  /** @example 01hc7aa947s4fdwywwjqr14wh7 */
  @ApiProperty({ maxLength: 128 })
  @MaxLength(128)
  @IsNotEmpty()
  @IsString()
  chatId: string;

  /** The entry's number in the log of its chat. @example 42 */
  @ApiProperty({ type: 'integer', minimum: 1 })
  @Max(Number.MAX_SAFE_INTEGER)
  @Min(1)
  @IsInt()
  seq: number;
}

export class ClientRedeliveredDto {
  /** How many there are. @example 3 */
  @ApiProperty({ type: 'integer' })
  count: number;

  /** Whether they were counted only. @example true */
  dryRun: boolean;
}

/** Which news to show. */
export class ClientListDeliveryEventsDto extends ClientNewsPageDto {
  /** Only those of this endpoint. @example 01hcjd34adz1va07vk97jfjmgq */
  @ApiPropertyOptional({ maxLength: 64 })
  @MaxLength(64)
  @IsString()
  @IsOptional()
  endpointId?: string;
}

/** News of an endpoint. */
export class ClientDeliveryEventDto {
  /** @example 17 */
  @ApiProperty({ type: 'integer' })
  id: number;

  /** Milliseconds since 1970. @example 1696758105336 */
  @ApiProperty({ type: 'integer' })
  at: number;

  /** @example endpoint.failing */
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

  /** @example 01hcjd34adz1va07vk97jfjmgq */
  endpointId: string;

  /** @example echo */
  botId: string;

  /** What else is worth knowing. @example {"error":"http_500","failures":10} */
  @ApiProperty({ type: 'object', additionalProperties: true })
  details: Record<string, string | number>;
}
