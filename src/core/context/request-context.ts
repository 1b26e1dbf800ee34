import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import type { RequestHandler } from 'express';

/** Context of the current unit of work: one HTTP request, one socket frame or one job. */
export interface RequestContext {
  /** Part of the response, of every log line and of error bodies, to correlate them. */
  readonly requestId: string;
}

const storage = new AsyncLocalStorage<RequestContext>();

/** Ids of callers are accepted only if they can break neither a log line nor a header. */
const ACCEPTABLE_REQUEST_ID = /^[\w.-]{1,64}$/;

/** Runs `work` and everything that it awaits within `context`. @returns what `work` returns */
export const runInContext = <T>(context: RequestContext, work: () => T): T => storage.run(context, work);

/** @returns a function that runs work in the current context, wherever it is called later; far cheaper than an `AsyncResource` */
export function keepContext(): (work: () => void) => void {
  const context = storage.getStore();
  return context ? (work) => storage.run(context, work) : (work) => work();
}

/** @returns the id of the current request; undefined outside of one */
export const currentRequestId = (): string | undefined => storage.getStore()?.requestId;

/**
 * Creates the context of a request. It is the first middleware, so that the log lines and errors of the others contain
 * the id. A valid `x-request-id` of the caller is kept; the response returns the id in the same header.
 */
export function requestContext(): RequestHandler {
  return (request, response, next) => {
    const offered = request.headers['x-request-id'];
    const requestId = typeof offered === 'string' && ACCEPTABLE_REQUEST_ID.test(offered) ? offered : randomUUID();
    response.setHeader('x-request-id', requestId);
    runInContext({ requestId }, next);
  };
}
