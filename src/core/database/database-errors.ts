const SERIALIZATION_FAILURE = '40001';
const IN_FAILED_TRANSACTION = '25P02';
const READ_ONLY_TRANSACTION = '25006';
const FOREIGN_KEY_VIOLATION = '23503';

/**
 * No connection was available, or it broke during the commit. In the second case it is unknown whether the transaction was
 * committed, so a retry could repeat it.
 */
export class ConnectionLostError extends Error {
  constructor(cause: unknown) {
    super(`The connection to the database was lost: ${(cause as Error).message}`, { cause });
    this.name = 'ConnectionLostError';
  }
}

/** Thrown in a transaction that lost a race against another one. The transaction is retried and then sees the other's changes. */
export class TransactionConflictError extends Error {
  readonly code = SERIALIZATION_FAILURE;
}

/** Whether the server accepts no writes, because it is or is becoming a standby. */
export const isReadOnly = (error: unknown): boolean =>
  (error as { code?: string } | undefined | null)?.code === READ_ONLY_TRANSACTION;

/** Whether a row could not be written because a referenced row does not exist. */
export const isForeignKeyViolation = (error: unknown): boolean =>
  (error as { code?: string }).code === FOREIGN_KEY_VIOLATION;

/** Serialization failure and deadlock: Postgres has rolled back, and a retry may succeed. */
const RETRYABLE_CODES = new Set([SERIALIZATION_FAILURE, '40P01']);
export const isRetryable = (error: unknown): boolean => RETRYABLE_CODES.has((error as { code?: string }).code ?? '');

/** After a failed statement, Postgres rejects the following ones with an error that does not contain the cause. */
export const isFollowUpError = (error: unknown): boolean =>
  error instanceof UncommittedError || (error as { code?: string } | undefined)?.code === IN_FAILED_TRANSACTION;

/** @throws the first error that is not a consequence of another one, else the first error, if any */
export function throwCause(outcomes: readonly PromiseSettledResult<unknown>[]): void {
  const failed = outcomes.filter((outcome) => outcome.status === 'rejected');
  const cause = failed.find(({ reason }) => !isFollowUpError(reason)) ?? failed.at(0);
  if (cause) throw cause.reason;
}

/** The result of COMMIT was ROLLBACK. */
export class UncommittedError extends Error {}

/** @param failure of the first failed statement of the transaction @returns the error to report for a transaction that failed with `error` */
export function causeOf(error: unknown, failure: unknown): unknown {
  if (failure === undefined || !isFollowUpError(error)) return error;
  // A swallowed error is a bug, unless a retry may succeed.
  return error instanceof UncommittedError && !isRetryable(failure) ? error : failure;
}
