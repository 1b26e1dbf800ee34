import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsInt, Max, Min } from 'class-validator';

const MAX_TIME = 8.64e15;
const SCOPES = ['dead', 'missing'] as const;

/** Deliveries of an endpoint that shall be made again. */
export class ClientRedeliverAllDto {
  /** `dead`: what was given up. `missing`: that, and what the bot has not had since it was away. @example dead */
  @ApiProperty({ enum: SCOPES })
  @IsIn(SCOPES)
  what: (typeof SCOPES)[number];

  /** Milliseconds since 1970: from then on. @example 1696758105336 */
  @ApiProperty({ type: 'integer', minimum: 0 })
  @Max(MAX_TIME)
  @Min(0)
  @IsInt()
  since: number;

  /** Only count them. @example true */
  @ApiPropertyOptional({ default: false })
  @IsBoolean()
  dryRun: boolean = false;
}

/** A way in which a bot is reached, and how that is going. */
export class ClientEndpointStateDto {
  /** @example 01hcjd34adz1va07vk97jfjmgq */
  id: string;

  /** @example echo */
  botId: string;

  /** @example callback */
  @ApiProperty({ enum: ['callback', 'connector', 'ai'] })
  transport: string;

  /** @example client */
  format: string;

  /** Empty for other transports than callbacks. @example https://bots.example/echo */
  url: string;

  /** `open`: it fails as a whole, and is asked now and then. `ramping`: it is back. `disabled`: given up. @example closed */
  @ApiProperty({ enum: ['closed', 'open', 'ramping', 'disabled'] })
  state: string;

  /** @example false */
  isPaused: boolean;

  /** Milliseconds since 1970 until when nobody calls it; null when anybody may. @example 1696758205336 */
  @ApiProperty({ type: 'integer', nullable: true })
  blockedUntil: number | null;

  /** Milliseconds since 1970; null when it is well. @example 1696758105336 */
  @ApiProperty({ type: 'integer', nullable: true })
  failingSince: number | null;

  /** Failures since the last success. @example 0 */
  @ApiProperty({ type: 'integer' })
  failures: number;

  /** Milliseconds since 1970; may be ten seconds old. @example 1696758105336 */
  @ApiProperty({ type: 'integer', nullable: true })
  lastSuccessAt: number | null;

  /** Milliseconds since 1970. @example 1696758105336 */
  @ApiProperty({ type: 'integer', nullable: true })
  lastFailureAt: number | null;

  /** @example http_500 */
  lastError: string;

  /** `gone` or `failing_too_long`; empty unless it is disabled. @example gone */
  disabledReason: string;

  /** Chats in which it listens. @example 12 */
  @ApiProperty({ type: 'integer' })
  lanes: number;

  /** Of those, with something to tell. @example 1 */
  @ApiProperty({ type: 'integer' })
  lanesDue: number;

  /** Milliseconds since 1970; null when nothing is due. @example 1696758105336 */
  @ApiProperty({ type: 'integer', nullable: true })
  oldestDueAt: number | null;

  /** Entries of all its chats that it has not come to. @example 3 */
  @ApiProperty({ type: 'integer' })
  pending: number;
}

export class ClientTestCallDto {
  /** @example true */
  delivered: boolean;

  /** Null when no answer came. @example 200 */
  @ApiProperty({ type: 'integer', nullable: true })
  httpStatus: number | null;

  /** Empty when it was delivered. @example timeout */
  errorCode: string;

  /** @example 12 */
  @ApiProperty({ type: 'integer' })
  durationMs: number;

  /** The beginning of the answer. @example {} */
  responseHead: string;
}

export class ClientRotateSecretDto {
  /** Seconds for which callbacks are signed with the old secret, too. @example 86400 */
  @ApiPropertyOptional({ type: 'integer', minimum: 0, maximum: 604_800 })
  @Max(604_800)
  @Min(0)
  @IsInt()
  overlapSeconds: number = 86_400;
}

export class ClientNewSecretDto {
  /** `whsec_` and base64, as Standard Webhooks has it. @example whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw */
  signingSecret: string;
}
