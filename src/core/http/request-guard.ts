import type { IncomingMessage } from 'node:http';
import type { RequestHandler } from 'express';
import { BadUrlError, HttpInputError } from './http-input.error.js';

/** The methods that routes may use. */
export const SERVED_METHODS: readonly string[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
const ALLOW = SERVED_METHODS.join(', ');

/** Browsers behind two proxies send about thirty. */
const MAX_HEADERS = 100;

/**
 * Rejects requests that no route can serve and that would cause a 500 later:
 *
 * - 405 `method_not_allowed`, with `allow`: TRACE, PROPFIND and similar
 * - 431 `too_many_headers`: more than 100
 * - 400 `invalid_host`: two Host headers (Node itself rejects a missing one)
 * - 400 `invalid_url`: broken percent-encoding, bytes that are not UTF-8 (`%c0%ae`), or `%00`, in path or query
 */
export function requestGuard(): RequestHandler {
  return (request, response, next) => {
    if (!SERVED_METHODS.includes(request.method)) {
      response.setHeader('allow', ALLOW);
      return next(new HttpInputError(405, 'method_not_allowed', `The method ${request.method} is not supported.`));
    }
    next(headerFault(request) ?? urlFault(request.url));
  };
}

function headerFault({ rawHeaders }: IncomingMessage): HttpInputError | undefined {
  // rawHeaders contains names and values alternately.
  if (rawHeaders.length > 2 * MAX_HEADERS) {
    return new HttpInputError(431, 'too_many_headers', `A request must have at most ${MAX_HEADERS} headers.`);
  }
  let hosts = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i];
    if (name.length === 4 && name.toLowerCase() === 'host') hosts++;
  }
  return hosts > 1
    ? new HttpInputError(400, 'invalid_host', 'A request must have exactly one Host header.')
    : undefined;
}

function urlFault(url: string): BadUrlError | undefined {
  if (!url.includes('%')) return undefined;
  const queryAt = url.indexOf('?');
  const path = queryAt < 0 ? url : url.slice(0, queryAt);
  if (!isCleanlyEncoded(path)) return badUrl('path');
  return queryAt >= 0 && !isCleanlyEncoded(url.slice(queryAt)) ? badUrl('query') : undefined;
}

function isCleanlyEncoded(part: string): boolean {
  try {
    return !decodeURIComponent(part).includes('\0');
  } catch {
    return false;
  }
}

const badUrl = (part: 'path' | 'query') =>
  new BadUrlError(
    400,
    'invalid_url',
    `The ${part} of the URL is not valid percent-encoded UTF-8, or contains a NUL character.`,
    part,
  );
