import { IsOptional, IsString, ValidateIf } from 'class-validator';
import { LimitSettings } from './limit-settings.js';
import { WholeNumber } from './settings-rules.js';

/** Those of `Settings` that are about sockets, and about TLS. */
export class SocketSettings extends LimitSettings {
  /** Milliseconds that a worker waits for a socket bot to acknowledge a message; then the chat waits without a worker. */
  @WholeNumber(100, 60_000)
  CONNECTOR_ACK_TIMEOUT_MS = 10_000;

  /** Milliseconds after which a message that a live socket has not acknowledged is kept as missed, and the chat goes on. */
  @WholeNumber(100, 86_400_000)
  CONNECTOR_ACK_LIMIT_MS = 120_000;

  /** Milliseconds within which a new socket must say who it is. */
  @WholeNumber(100, 60_000)
  CONNECTOR_AUTH_TIMEOUT_MS = 5000;

  /** Milliseconds between two pings of a socket; one that has answered none of two is taken for dead. */
  @WholeNumber(100, 30_000)
  CONNECTOR_PING_MS = 20_000;

  /** Sockets that one bot may have open, with whatever processes. */
  @WholeNumber(1, 10_000)
  CONNECTOR_MAX_SESSIONS = 20;

  /** Sockets of one address, an IPv6 address by its /64, that one process holds. */
  @WholeNumber(1, 1_000_000)
  CONNECTOR_MAX_SOCKETS_PER_ADDRESS = 1000;

  /** Sockets of one address without a successful auth that one process holds; more are answered 429. */
  @WholeNumber(1, 1_000_000)
  CONNECTOR_MAX_UNAUTHENTICATED_PER_ADDRESS = 200;

  /** Sockets without a successful auth that one process holds; with one more, the oldest of them is closed. */
  @WholeNumber(1, 1_000_000)
  CONNECTOR_MAX_UNAUTHENTICATED = 1000;

  /** Sockets that one address may open in a minute, with all processes together; 0 for any number. */
  @WholeNumber(0, 10_000_000)
  CONNECTOR_CONNECTIONS_PER_MINUTE = 1000;

  /** Requests per second that one socket may send; for a moment it may be twice as many. */
  @WholeNumber(1, 100_000)
  CONNECTOR_RATE_LIMIT = 100;

  /** Messages of bots that bots on sockets hear in one chat in a minute: those of each other. 0: none at all. */
  @WholeNumber(0, 100_000)
  CONNECTOR_BOT_MESSAGES_PER_MINUTE = 20;

  /** The port of a second listener, with TLS, for the same application. */
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
