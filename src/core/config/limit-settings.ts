import { WholeNumber } from './settings-rules.js';

/** Those of `Settings` that limit what one user or one address may use. 0 for any number, unless it says otherwise. */
export class LimitSettings {
  /** Days that a session lasts at most, however often it is used. */
  @WholeNumber(1, 3650)
  SESSION_MAX_DAYS = 400;

  /** Users that may sign up from one address in a minute. */
  @WholeNumber(0, 1_000_000)
  SIGN_UPS_PER_MINUTE = 60;

  /** Users that may sign up from one address in an hour. */
  @WholeNumber(0, 1_000_000)
  SIGN_UPS_PER_HOUR = 600;

  /** Event streams that one user or bot may have open. */
  @WholeNumber(0, 100_000)
  STREAMS_PER_USER = 20;

  /** Event streams of people that may be open from one address. */
  @WholeNumber(0, 1_000_000)
  STREAMS_PER_ADDRESS = 100;

  /** Uploads that one user may have under way. */
  @WholeNumber(0, 100_000)
  UPLOADS_PER_USER = 50;

  /** Uploads of people that may be under way from one address. */
  @WholeNumber(0, 1_000_000)
  UPLOADS_PER_ADDRESS = 80;

  /** Seconds in which an upload or a download must get on, or its connection is closed. */
  @WholeNumber(0, 3600)
  TRANSFER_STALL_SECONDS = 30;

  /** Bytes per second that an upload or a download must make on average of that time; 0 for one byte in all of it. */
  @WholeNumber(0, 1_000_000)
  TRANSFER_MIN_BYTES_PER_SECOND = 128;

  /** Connections that one process accepts. */
  @WholeNumber(0, 1_000_000)
  MAX_CONNECTIONS = 20_000;
}
