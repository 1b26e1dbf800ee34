import { Settings } from '../../core/config/settings.js';
import { WholeNumber } from '../../core/config/settings-rules.js';

/** The settings of sockets of bots. */
export class ConnectorSettings extends Settings {
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
}
