import { APIConnectionError, APIConnectionTimeoutError, APIError, APIUserAbortError } from 'openai';
import { MASK, maskSecrets } from '../../../core/logging/mask-secrets.js';

/**
 * - `rate_limited`: too many requests; waiting helps
 * - `quota`: no quota left; waiting does not help
 * - `unsupported`: the model does not support one of the parameters
 */
export type FailureKind =
  | 'rate_limited'
  | 'quota'
  | 'auth'
  | 'not_found'
  | 'timeout'
  | 'server'
  | 'network'
  | 'blocked_address'
  | 'context_length'
  | 'unsupported'
  | 'content_filter'
  | 'empty_output'
  | 'bad_request'
  | 'broken_stream'
  | 'circuit_open'
  | 'replay_mismatch';

export interface FailureDetails {
  status?: number;
  /** Error code of the provider. */
  code?: string;
  /** The rejected parameter. */
  param?: string;
  /** Requested waiting time in milliseconds. */
  retryAfterMs?: number;
  /** `x-should-retry` of the provider. */
  shouldRetry?: boolean;
  requestId?: string;
}

/** A failed model request. The message is for operators and contains no key. */
export class ModelFailure extends Error {
  constructor(
    readonly kind: FailureKind,
    message: string,
    readonly details: FailureDetails = {},
  ) {
    super(maskSecrets(message));
    this.name = 'ModelFailure';
  }
}

const QUOTA_CODES = new Set([
  'insufficient_quota',
  'billing_hard_limit_reached',
  'billing_not_active',
  'credit_exhausted',
  'insufficient_credits',
]);
/** Ollama, vLLM and gateways report missing tool support only in the message. */
const REFUSES_TOOLS =
  /does(?: not|n't) support (?:tool|function)|tools? (?:use |calling )?(?:is|are) not supported|support tool use|tool choice requires|requires --jinja/i;
const REFUSED_STATUSES = new Set([400, 404, 422, 500, 501]);
const RETRYABLE: readonly FailureKind[] = ['rate_limited', 'timeout', 'server', 'network', 'broken_stream'];

/** Whether the same request may succeed on a retry. */
export const isRetryable = ({ kind, details }: ModelFailure): boolean =>
  kind !== 'quota' && (details.shouldRetry ?? RETRYABLE.includes(kind));

/** Whether an operator has to resolve the failure. */
export const needsOperator = ({ kind }: Pick<ModelFailure, 'kind'>): boolean =>
  ['quota', 'auth', 'not_found', 'bad_request', 'blocked_address', 'unsupported'].includes(kind);

/**
 * @param secret to mask in the message of the provider
 * @returns undefined if the request was aborted on this side
 */
export function toModelFailure(error: unknown, secret?: string): ModelFailure | undefined {
  const failure = failureFrom(error);
  if (!secret || !failure?.message.includes(secret)) return failure;
  return new ModelFailure(failure.kind, failure.message.replaceAll(secret, MASK), failure.details);
}

function failureFrom(error: unknown): ModelFailure | undefined {
  if (error instanceof ModelFailure) return error;
  if (error instanceof APIUserAbortError || (error as Error)?.name === 'AbortError') return undefined;
  if (error instanceof APIConnectionTimeoutError)
    return new ModelFailure('timeout', 'The model did not respond in time.');
  if (error instanceof APIConnectionError) return connectionFailure(error);
  if (error instanceof APIError) return apiFailure(error);
  return new ModelFailure('broken_stream', `The stream broke: ${(error as Error)?.message ?? 'unknown'}`);
}

function connectionFailure(error: APIConnectionError): ModelFailure {
  const codes = causesOf(error).map((cause) => String((cause as { code?: unknown }).code ?? ''));
  const code = codes.find(Boolean) ?? '';
  if (codes.includes('E_BLOCKED_ADDRESS'))
    return new ModelFailure('blocked_address', 'The address of the model is not public.', { code });
  return new ModelFailure('network', `The model cannot be reached${code ? ` (${code})` : ''}.`, { code });
}

function causesOf(error: unknown): unknown[] {
  const causes: unknown[] = [];
  for (let cause = error; cause instanceof Error && causes.length < 5; cause = cause.cause) causes.push(cause);
  return causes;
}

function apiFailure(error: APIError): ModelFailure {
  const details: FailureDetails = {
    status: error.status,
    code: error.code ?? undefined,
    param: error.param ?? undefined,
    retryAfterMs: retryAfterOf(error.headers),
    shouldRetry: shouldRetryOf(error.headers),
    requestId: error.requestID ?? undefined,
  };
  if (REFUSES_TOOLS.test(error.message) && REFUSED_STATUSES.has(error.status as number)) {
    return new ModelFailure('unsupported', error.message, { ...details, param: 'tools' });
  }
  return new ModelFailure(kindOf(details, `${error.type ?? ''} ${error.message}`), error.message, details);
}

/** The code comes before the status: rate limits and missing quota share status 429. */
function kindOf({ status = 0, code = '' }: FailureDetails, text: string): FailureKind {
  if (QUOTA_CODES.has(code) || /insufficient_quota/.test(text)) return 'quota';
  if (code === 'context_length_exceeded' || /maximum context length|context window/i.test(text))
    return 'context_length';
  if (code === 'unsupported_parameter' || code === 'unsupported_value') return 'unsupported';
  if (code === 'content_filter' || code === 'content_policy_violation') return 'content_filter';
  if (status === 401 || status === 403) return 'auth';
  if (status === 404) return 'not_found';
  if (status === 429) return 'rate_limited';
  if (status === 408 || status === 409) return 'timeout';
  if (status >= 500 || status === 0) return 'server';
  return 'bad_request';
}

const shouldRetryOf = (headers: Headers | undefined): boolean | undefined =>
  ({ true: true, false: false })[headers?.get('x-should-retry') ?? ''];

/** `retry-after-ms`, else `retry-after` in seconds or as a date. */
export function retryAfterOf(headers: Headers | undefined, now: number = Date.now()): number | undefined {
  const milliseconds = Number.parseFloat(headers?.get('retry-after-ms') ?? '');
  if (Number.isFinite(milliseconds)) return Math.max(milliseconds, 0);
  const text = headers?.get('retry-after') ?? '';
  const seconds = /^\s*[\d.]+\s*$/.test(text) ? Number.parseFloat(text) : NaN;
  const wait = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(text) - now;
  return Number.isFinite(wait) ? Math.max(wait, 0) : undefined;
}

const FIRST_MS = 500;
const LONGEST_MS = 8000;
const JITTER = 0.25;

/** A longer `retry-after` is not waited for. */
export const LONGEST_WAIT_MS = 60_000;

/**
 * Delay before the next request in milliseconds.
 *
 * @param tries failed so far
 * @param retryAfterMs requested by the provider
 */
export function modelRetryDelay(
  tries: number,
  retryAfterMs: number | undefined,
  random: () => number = Math.random,
): number {
  if (retryAfterMs !== undefined) return retryAfterMs;
  return Math.min(FIRST_MS * 2 ** (tries - 1), LONGEST_MS) * (1 - random() * JITTER);
}
