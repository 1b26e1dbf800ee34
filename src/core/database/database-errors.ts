const SERIALIZATION_FAILURE = '40001';
const IN_FAILED_TRANSACTION = '25P02';
const READ_ONLY_TRANSACTION = '25006';
const FOREIGN_KEY_VIOLATION = '23503';

/**
 * No connection could be had, or it broke while the commit was under way: then nobody knows whether the work is done, and
 * doing it again could do it twice.
 */
export class ConnectionLostError extends Error {
  constructor(cause: unknown) {
    super(`The connection to the database was lost: ${(cause as Error).message}`, { cause });
    this.name = 'ConnectionLostError';
  }
}

/** Thrown by what has found, in a transaction, that somebody else was faster: the transaction is done again, and will see that. */
export class OvertakenError extends Error {
  readonly code = SERIALIZATION_FAILURE;
}

/** Whether the server takes no writes: it is a standby by now, or is about to be one. */
export const isReadOnly = (error: unknown): boolean =>
  (error as { code?: string } | undefined | null)?.code === READ_ONLY_TRANSACTION;

/** Whether a row could not be written since another one, to which it refers, is not there, or not any more. */
export const isReferenceGone = (error: unknown): boolean => (error as { code?: string }).code === FOREIGN_KEY_VIOLATION;

/** Serialization failure and deadlock: Postgres has rolled back, and the same work may well succeed now. */
const RETRYABLE_CODES = new Set([SERIALIZATION_FAILURE, '40P01']);
export const isRetryable = (error: unknown): boolean => RETRYABLE_CODES.has((error as { code?: string }).code ?? '');

/** Once a statement has failed, Postgres refuses those behind it with an error that says nothing of the cause. */
export const isConsequence = (error: unknown): boolean =>
  error instanceof UncommittedError || (error as { code?: string } | undefined)?.code === IN_FAILED_TRANSACTION;

/** @throws the first error that is the cause of others; else the first; nothing when all went well */
export function throwCause(outcomes: readonly PromiseSettledResult<unknown>[]): void {
  const failed = outcomes.filter((outcome) => outcome.status === 'rejected');
  const cause = failed.find(({ reason }) => !isConsequence(reason)) ?? failed.at(0);
  if (cause) throw cause.reason;
}

/** COMMIT was answered with ROLLBACK. */
export class UncommittedError extends Error {}

/** @param failure of the transaction's first statement that has failed @returns what a transaction that failed with `error` is to tell */
export function causeOf(error: unknown, failure: unknown): unknown {
  if (failure === undefined || !isConsequence(error)) return error;
  // That an error was swallowed is a fault of the program, unless the same work may well succeed now.
  return error instanceof UncommittedError && !isRetryable(failure) ? error : failure;
}
