import { Transform, Type } from 'class-transformer';
import { ArrayNotEmpty, IsArray, IsBoolean, IsIn, IsNumber, Max, Min } from 'class-validator';
import { toBoolean, toList, toNumbers, WholeNumber } from './settings-rules.js';
import { SocketSettings } from './socket-settings.js';

/** Those of `Settings` that are about callbacks, and about lanes. */
export abstract class DeliverySettings extends SocketSettings {
  /** Whether callbacks may go to loopback and private addresses. */
  @Transform(toBoolean)
  @IsBoolean()
  CALLBACK_ALLOW_PRIVATE = false;

  /** Milliseconds for one whole callback: connect, send, answer. */
  @WholeNumber(100, 60_000)
  CALLBACK_TIMEOUT_MS = 10_000;

  /** Seconds to wait before each try of a delivery; as many entries as tries. */
  @Transform(toNumbers)
  @IsArray()
  @ArrayNotEmpty()
  @IsNumber({}, { each: true })
  @Min(0, { each: true })
  @Max(604_800, { each: true })
  CALLBACK_RETRY_SCHEDULE: number[] = [0, 2, 10, 30, 120, 600, 1800, 3600, 10_800, 21_600, 43_200, 86_400, 86_400];

  /** Seconds of nothing but failures after which a callback address is not called any more. */
  @WholeNumber(1, 2_592_000)
  CALLBACK_DISABLE_AFTER = 259_200;

  /** Seconds after which a message is too old to be told to a bot that was away. */
  @WholeNumber(1, 31_536_000)
  DELIVERY_MAX_AGE = 259_200;

  /** The same for an AI bot: an answer that comes much later answers nobody. */
  @WholeNumber(1, 31_536_000)
  AI_MAX_AGE = 600;

  /** Messages that may wait for one endpoint; then people cannot write in its chats for a while. 0 for any number. */
  @WholeNumber(0, 1_000_000_000)
  DELIVERY_BACKLOG_LIMIT = 50_000;

  /** Seconds of failures after which the people in a chat are told that their bot is away. */
  @Type(() => Number)
  @IsNumber()
  @Min(0)
  @Max(86_400)
  DELIVERY_AWAY_NOTE_AFTER = 30;

  /** The kinds of webhooks for which they are told. */
  @Transform(toList)
  @IsArray()
  @IsIn(['client', 'platform', 'connector', 'none'], { each: true })
  DELIVERY_AWAY_NOTE_FORMATS: ('client' | 'platform' | 'connector' | 'none')[] = ['client'];

  /** Lanes that one worker process serves at a time. */
  @WholeNumber(1, 1000)
  DELIVERY_CONCURRENCY = 40;

  /** Days for which it is kept what became of messages: deliveries, their tries, news of endpoints. */
  @WholeNumber(2, 3650)
  DELIVERY_RETENTION_DAYS = 30;

  /** Lanes of one endpoint that one worker process serves at a time. */
  @WholeNumber(1, 1000)
  DELIVERY_LANES_PER_BOT = 16;

  /** Milliseconds that a worker has, after the longest callback, to write down what became of it: then its lane is another's. */
  @WholeNumber(100, 60_000)
  DELIVERY_LEASE_SLACK_MS = 5000;
}
