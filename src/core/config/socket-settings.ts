import { IsOptional, IsString, ValidateIf } from 'class-validator';
import { LimitSettings } from './limit-settings.js';
import { WholeNumber } from './settings-rules.js';

/** The part of `Settings` for sockets and TLS. */
export class SocketSettings extends LimitSettings {
  /** Milliseconds that a worker waits for a socket bot to acknowledge a message; then it releases the chat, which waits on. */
  @WholeNumber(100, 60_000)
  CONNECTOR_ACK_TIMEOUT_MS = 10_000;

  /** Milliseconds after which a message that an open socket has not acknowledged is recorded as missed, and the next is delivered. */
  @WholeNumber(100, 86_400_000)
  CONNECTOR_ACK_LIMIT_MS = 120_000;

  /** Milliseconds within which a new socket must authenticate. */
  @WholeNumber(100, 60_000)
  CONNECTOR_AUTH_TIMEOUT_MS = 5000;

  /** Milliseconds between two pings of a socket; a socket that misses two pongs is closed as unresponsive. */
  @WholeNumber(100, 30_000)
  CONNECTOR_PING_MS = 20_000;

  /** Open sockets of one bot, in all processes. */
  @WholeNumber(1, 10_000)
  CONNECTOR_MAX_SESSIONS = 20;

  /** Open sockets of one address in one process. IPv6 addresses count by their /64. */
  @WholeNumber(1, 1_000_000)
  CONNECTOR_MAX_SOCKETS_PER_ADDRESS = 1000;

  /** Unauthenticated sockets of one address in one process; more are rejected with 429. */
  @WholeNumber(1, 1_000_000)
  CONNECTOR_MAX_UNAUTHENTICATED_PER_ADDRESS = 200;

  /** Unauthenticated sockets of one process; one more closes the oldest of them. */
  @WholeNumber(1, 1_000_000)
  CONNECTOR_MAX_UNAUTHENTICATED = 1000;

  /** Sockets that one address may open in a minute, in all processes; 0: unlimited. */
  @WholeNumber(0, 10_000_000)
  CONNECTOR_CONNECTIONS_PER_MINUTE = 1000;

  /** Requests per second that one socket may send; short bursts may be twice as many. */
  @WholeNumber(1, 100_000)
  CONNECTOR_RATE_LIMIT = 100;

  /** Messages of other bots in one chat that are delivered to socket bots in a minute. 0: none. */
  @WholeNumber(0, 100_000)
  CONNECTOR_BOT_MESSAGES_PER_MINUTE = 20;

  /** The port of a second listener, with TLS. */
  @IsOptional()
  @WholeNumber(0, 65_535)
  TLS_PORT?: number;

  @ValidateIf(({ TLS_PORT }: SocketSettings) => TLS_PORT !== undefined)
  @IsString({ message: 'TLS_CERT_FILE must be set when TLS_PORT is' })
  TLS_CERT_FILE?: string;

  @ValidateIf(({ TLS_PORT }: SocketSettings) => TLS_PORT !== undefined)
  @IsString({ message: 'TLS_KEY_FILE must be set when TLS_PORT is' })
  TLS_KEY_FILE?: string;
}
