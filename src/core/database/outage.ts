import { Logger } from '@nestjs/common';
import { DomainError } from '../errors/domain.error.js';
import { ConnectionLostError } from './database.js';

/** Five characters of a class that has nothing to do with what was asked: connection, resources, shutdown, conflict, a standby. */
const PASSING_SQLSTATE = /^((08|40|53|55|57|58)...|25006)$/;
const PASSING_SOCKET = /^E(CONN|PIPE|TIMEDOUT|AI_AGAIN|HOST)/;
/** The driver's own errors have no codes. */
const DRIVER = /^(timeout exceeded|Connection terminated|Client (has|was)|Cannot use a pool|Query read timeout)/;

const LOCK_NOT_AVAILABLE = '55P03';

const RETRY_AFTER_SECONDS = 1;
/** In an outage all requests fail, and each for the same reason. */
const LOG_EVERY_MS = 1000;

const logger = new Logger('Outage');
let loggedAt = -Infinity;

/** Whether what was thrown is about something that this server itself needs, and will be over. */
export function isOutage(error: unknown): boolean {
  return isUnreachable(error) || PASSING_SQLSTATE.test(String((error as { code?: string } | undefined | null)?.code));
}

/** Whether nothing was heard of the database, so that whatever else it is asked now would wait for as long. */
export function isUnreachable(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { code = '', message = '' } = error as { code?: string; message?: string };
  return error instanceof ConnectionLostError || PASSING_SOCKET.test(String(code)) || DRIVER.test(message);
}

/** Whether a lock was not to be had within `lock_timeout`. */
export const isLockTimeout = (error: unknown): boolean =>
  (error as { code?: string } | undefined | null)?.code === LOCK_NOT_AVAILABLE;

/** What callers are told of an outage: nothing of its cause, but that the same request may well succeed in a moment. */
export function tellOutage(error: unknown): unknown {
  if (!isOutage(error)) return error;
  if (performance.now() - loggedAt >= LOG_EVERY_MS) {
    loggedAt = performance.now();
    logger.error(`Requests cannot be served: ${(error as Error).message}`, (error as Error).stack);
  }
  return tryAgain();
}

/** A request that was not served, and may well be in a moment. */
export const tryAgain = (): DomainError =>
  new DomainError(
    'unavailable',
    'try_again',
    'The server cannot do this at the moment. Please try again in a second.',
    { retryAfterSeconds: RETRY_AFTER_SECONDS },
  );
