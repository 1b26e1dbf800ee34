import { Transform, Type } from 'class-transformer';
import { ArrayNotEmpty, IsArray, IsIn, IsNumber, Max, Min } from 'class-validator';
import { Settings } from '../../core/config/settings.js';
import { toList, toNumbers, WholeNumber } from '../../core/config/settings-rules.js';

/** The settings of callbacks and of deliveries of all transports. */
export class DeliverySettings extends Settings {
  /** Milliseconds for one whole callback: connect, request, response. */
  @WholeNumber(100, 60_000)
  CALLBACK_TIMEOUT_MS = 10_000;

  /** Seconds to wait before each attempt of a delivery; one entry per attempt. */
  @Transform(toNumbers)
  @IsArray()
  @ArrayNotEmpty()
  @IsNumber({}, { each: true })
  @Min(0, { each: true })
  @Max(604_800, { each: true })
  CALLBACK_RETRY_SCHEDULE: number[] = [0, 2, 10, 30, 120, 600, 1800, 3600, 10_800, 21_600, 43_200, 86_400, 86_400];

  /** Seconds of uninterrupted failures after which an endpoint is disabled. */
  @WholeNumber(1, 2_592_000)
  CALLBACK_DISABLE_AFTER = 259_200;

  /** Milliseconds that a worker waits for a socket bot to acknowledge a message; then it releases the chat, which waits on. */
  @WholeNumber(100, 60_000)
  CONNECTOR_ACK_TIMEOUT_MS = 10_000;

  /** Milliseconds after which a message that an open socket has not acknowledged is recorded as missed, and the next is delivered. */
  @WholeNumber(100, 86_400_000)
  CONNECTOR_ACK_LIMIT_MS = 120_000;

  /** Seconds after which a message is too old to be delivered to a bot that was unavailable. */
  @WholeNumber(1, 31_536_000)
  DELIVERY_MAX_AGE = 259_200;

  /** Maximum number of messages that wait for one endpoint; above it, messages to its chats are rejected for a while. 0: unlimited. */
  @WholeNumber(0, 1_000_000_000)
  DELIVERY_BACKLOG_LIMIT = 50_000;

  /** Seconds of failures after which a chat gets a notice that its bot is unavailable. */
  @Type(() => Number)
  @IsNumber()
  @Min(0)
  @Max(86_400)
  DELIVERY_AWAY_NOTE_AFTER = 30;

  /** The webhook formats for which this notice is sent. */
  @Transform(toList)
  @IsArray()
  @IsIn(['client', 'platform', 'connector', 'none'], { each: true })
  DELIVERY_AWAY_NOTE_FORMATS: ('client' | 'platform' | 'connector' | 'none')[] = ['client'];

  /** Subscriptions that one worker process serves at a time. */
  @WholeNumber(1, 1000)
  DELIVERY_CONCURRENCY = 40;

  /** Days for which deliveries, their attempts and endpoint events are kept. */
  @WholeNumber(2, 3650)
  DELIVERY_RETENTION_DAYS = 30;

  /** Subscriptions of one endpoint that are served at a time, over all worker processes. */
  @WholeNumber(1, 1000)
  DELIVERY_CONCURRENCY_PER_BOT = 16;

  /** Milliseconds that a worker has after the longest callback to record the result; then the lease on the subscription expires. */
  @WholeNumber(100, 60_000)
  DELIVERY_LEASE_SLACK_MS = 5000;
}
