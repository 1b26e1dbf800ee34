import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsInt, Max, Min } from 'class-validator';

const MAX_TIME = 8.64e15;
const SCOPES = ['dead', 'missing'] as const;

/** The entries to redeliver to an endpoint. */
export class ClientRedeliverAllDto {
  /** `dead`: entries that were given up. `missing`: also entries that the bot missed while it was unavailable. @example dead */
  @ApiProperty({ enum: SCOPES })
  @IsIn(SCOPES)
  what: (typeof SCOPES)[number];

  /** Redeliver only entries since this time, in milliseconds since 1970. @example 1696758105336 */
  @ApiProperty({ type: 'integer', minimum: 0 })
  @Max(MAX_TIME)
  @Min(0)
  @IsInt()
  since: number;

  /** Only count the entries. @example true */
  @ApiPropertyOptional({ default: false })
  @IsBoolean()
  dryRun: boolean = false;
}

/** An endpoint of a bot, with its health. */
export class ClientEndpointStateDto {
  /** The id of the endpoint. @example 01hcjd34adz1va07vk97jfjmgq */
  id: string;

  /** The bot of the endpoint. @example echo */
  botId: string;

  /** The transport. @example callback */
  @ApiProperty({ enum: ['callback', 'connector', 'ai'] })
  transport: string;

  /** The body format. @example client */
  format: string;

  /** The callback URL; empty for other transports. @example https://bots.example/echo */
  url: string;

  /** `open`: failing, only probes are sent. `ramping`: recovering. `disabled`: not called until it is resumed. @example closed */
  @ApiProperty({ enum: ['closed', 'open', 'ramping', 'disabled'] })
  state: string;

  /** Whether an operator has paused the endpoint. @example false */
  isPaused: boolean;

  /** End of the time without calls, in milliseconds since 1970; null without one. @example 1696758205336 */
  @ApiProperty({ type: 'integer', nullable: true })
  blockedUntil: number | null;

  /** Time of the first failure since the last success, in milliseconds since 1970; null without failures. @example 1696758105336 */
  @ApiProperty({ type: 'integer', nullable: true })
  failingSince: number | null;

  /** Number of failures since the last success. @example 0 */
  @ApiProperty({ type: 'integer' })
  failures: number;

  /** Time of the last success in milliseconds since 1970, accurate to ten seconds; null without one. @example 1696758105336 */
  @ApiProperty({ type: 'integer', nullable: true })
  lastSuccessAt: number | null;

  /** Time of the last failure in milliseconds since 1970; null without one. @example 1696758105336 */
  @ApiProperty({ type: 'integer', nullable: true })
  lastFailureAt: number | null;

  /** The error code of the last failure; empty without one. @example http_500 */
  lastError: string;

  /** `gone` or `failing_too_long`; empty unless the endpoint is disabled. @example gone */
  disabledReason: string;

  /** Number of its subscriptions: chats of the bot. @example 12 */
  @ApiProperty({ type: 'integer' })
  subscriptions: number;

  /** Number of its subscriptions with undelivered entries. @example 1 */
  @ApiProperty({ type: 'integer' })
  subscriptionsDue: number;

  /** The oldest due time of a subscription in milliseconds since 1970; null without one. @example 1696758105336 */
  @ApiProperty({ type: 'integer', nullable: true })
  oldestDueAt: number | null;

  /** Number of undelivered entries in all its chats. @example 3 */
  @ApiProperty({ type: 'integer' })
  pending: number;
}

/** The result of a test call. */
export class ClientTestCallDto {
  /** Whether the response had a 2xx status. @example true */
  delivered: boolean;

  /** The HTTP status; null without a response. @example 200 */
  @ApiProperty({ type: 'integer', nullable: true })
  httpStatus: number | null;

  /** The error code; empty after a delivery. @example timeout */
  errorCode: string;

  /** Duration in milliseconds. @example 12 */
  @ApiProperty({ type: 'integer' })
  durationMs: number;

  /** The beginning of the response body. @example {} */
  responseHead: string;
}

/** Options of a secret rotation. */
export class ClientRotateSecretDto {
  /** Seconds during which callbacks are also signed with the old secret. @example 86400 */
  @ApiPropertyOptional({ type: 'integer', minimum: 0, maximum: 604_800 })
  @Max(604_800)
  @Min(0)
  @IsInt()
  overlapSeconds: number = 86_400;
}

/** A new signing secret. */
export class ClientNewSecretDto {
  /** The secret in the format of Standard Webhooks: `whsec_` and base64. @example whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw */
  signingSecret: string;
}
