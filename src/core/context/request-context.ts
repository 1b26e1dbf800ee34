import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import type { RequestHandler } from 'express';

/** What is known of the piece of work that is being done: one HTTP request, one frame of a socket, one job. */
export interface RequestContext {
  /** Appears in the answer, in every log line and in error bodies, so that one trip is one grep. */
  readonly requestId: string;
}

const storage = new AsyncLocalStorage<RequestContext>();

/** Ids of callers are taken over only if they can neither break a log line nor a header. */
const ACCEPTABLE_REQUEST_ID = /^[\w.-]{1,64}$/;

/** Runs `work` and everything that it awaits within `context`. @returns what `work` returns */
export const runInContext = <T>(context: RequestContext, work: () => T): T => storage.run(context, work);

/** @returns what runs work in the context of now, from wherever it is called later; far cheaper than an `AsyncResource` */
export function keepContext(): (work: () => void) => void {
  const context = storage.getStore();
  return context ? (work) => storage.run(context, work) : (work) => work();
}

/** @returns the id of the request being served, or undefined outside of any */
export const currentRequestId = (): string | undefined => storage.getStore()?.requestId;

/**
 * Opens the context of a request. Comes first of all middlewares, so that the log lines and errors of the others carry
 * the id. A caller's `x-request-id` is kept if it is acceptable; the id is answered in the same header.
 */
export function requestContext(): RequestHandler {
  return (request, response, next) => {
    const offered = request.headers['x-request-id'];
    const requestId = typeof offered === 'string' && ACCEPTABLE_REQUEST_ID.test(offered) ? offered : randomUUID();
    response.setHeader('x-request-id', requestId);
    runInContext({ requestId }, next);
  };
}
