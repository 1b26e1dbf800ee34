import { WholeNumber } from './settings-rules.js';

/** The part of `Settings` that limits the use by one user or one address. 0: unlimited, unless noted otherwise. */
export class LimitSettings {
  /** Maximum days that a session lasts, even if it is used. */
  @WholeNumber(1, 3650)
  SESSION_MAX_DAYS = 400;

  /** Sign-ups from one address in a minute. */
  @WholeNumber(0, 1_000_000)
  SIGN_UPS_PER_MINUTE = 60;

  /** Sign-ups from one address in an hour. */
  @WholeNumber(0, 1_000_000)
  SIGN_UPS_PER_HOUR = 600;

  /** Open event streams of one user or bot. */
  @WholeNumber(0, 100_000)
  STREAMS_PER_USER = 20;

  /** Open event streams of people from one address. */
  @WholeNumber(0, 1_000_000)
  STREAMS_PER_ADDRESS = 100;

  /** Parallel uploads of one user. */
  @WholeNumber(0, 100_000)
  UPLOADS_PER_USER = 50;

  /** Parallel uploads of people from one address. */
  @WholeNumber(0, 1_000_000)
  UPLOADS_PER_ADDRESS = 80;

  /** Seconds without progress after which the connection of an upload or a download is closed. */
  @WholeNumber(0, 3600)
  TRANSFER_STALL_SECONDS = 30;

  /** Minimum average bytes per second of an upload or a download in that time; 0: one byte in all of it. */
  @WholeNumber(0, 1_000_000)
  TRANSFER_MIN_BYTES_PER_SECOND = 128;

  /** Open connections of one process. */
  @WholeNumber(0, 1_000_000)
  MAX_CONNECTIONS = 20_000;
}
