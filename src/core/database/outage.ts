import { Logger } from '@nestjs/common';
import { DomainError } from '../errors/domain.error.js';
import { ConnectionLostError } from './database.js';

/** SQLSTATE classes that do not depend on the statement: connection, resources, shutdown, conflict, standby. */
const PASSING_SQLSTATE = /^((08|40|53|55|57|58)...|25006)$/;
const PASSING_SOCKET = /^E(CONN|PIPE|TIMEDOUT|AI_AGAIN|HOST)/;
/** Errors of the driver have no codes. */
const DRIVER = /^(timeout exceeded|Connection terminated|Client (has|was)|Cannot use a pool|Query read timeout)/;

const LOCK_NOT_AVAILABLE = '55P03';

const RETRY_AFTER_SECONDS = 1;
/** In an outage all requests fail for the same reason. */
const LOG_EVERY_MS = 1000;

const logger = new Logger('Outage');
let loggedAt = -Infinity;

/** Whether an error is a temporary failure of a dependency of this server. */
export function isOutage(error: unknown): boolean {
  return isUnreachable(error) || PASSING_SQLSTATE.test(String((error as { code?: string } | undefined | null)?.code));
}

/** Whether the database did not respond, so that further statements would wait as long. */
export function isUnreachable(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { code = '', message = '' } = error as { code?: string; message?: string };
  return error instanceof ConnectionLostError || PASSING_SOCKET.test(String(code)) || DRIVER.test(message);
}

/** Whether a lock was not acquired within `lock_timeout`. */
export const isLockTimeout = (error: unknown): boolean =>
  (error as { code?: string } | undefined | null)?.code === LOCK_NOT_AVAILABLE;

/** Logs an outage and replaces its error by one for callers, without the cause, that suggests a retry. Returns other errors unchanged. */
export function toOutageError(error: unknown): unknown {
  if (!isOutage(error)) return error;
  if (performance.now() - loggedAt >= LOG_EVERY_MS) {
    loggedAt = performance.now();
    logger.error(`Requests cannot be served: ${(error as Error).message}`, (error as Error).stack);
  }
  return temporarilyUnavailable();
}

/** The error of a request that may succeed on a retry. */
export const temporarilyUnavailable = (): DomainError =>
  new DomainError('unavailable', 'try_again', 'The server is temporarily unavailable. Try again in a second.', {
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  });
