import type { IncomingMessage } from 'node:http';
import type { RequestHandler } from 'express';
import { BadUrlError, HttpInputError } from './http-input.error.js';

/** The methods that some route may answer. */
export const SERVED_METHODS: readonly string[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
const ALLOW = SERVED_METHODS.join(', ');

/** Browsers behind two proxies send about thirty. */
const MAX_HEADERS = 100;

/**
 * Refuses what no route could answer sensibly and what would otherwise surface as a 500 further in:
 *
 * - 405 `method_not_allowed`, with `allow`: TRACE, PROPFIND and their like
 * - 431 `too_many_headers`: more than 100
 * - 400 `invalid_host`: two Host headers (one that is missing is refused by node itself)
 * - 400 `invalid_url`: broken percent-encoding, bytes that are not UTF-8 (`%c0%ae`), or `%00`, in path or query
 */
export function requestGuard(): RequestHandler {
  return (request, response, next) => {
    if (!SERVED_METHODS.includes(request.method)) {
      response.setHeader('allow', ALLOW);
      return next(new HttpInputError(405, 'method_not_allowed', `The method ${request.method} is not served.`));
    }
    next(headerFault(request) ?? urlFault(request.url));
  };
}

function headerFault({ rawHeaders }: IncomingMessage): HttpInputError | undefined {
  // Names and values take turns in rawHeaders.
  if (rawHeaders.length > 2 * MAX_HEADERS) {
    return new HttpInputError(431, 'too_many_headers', `A request may have ${MAX_HEADERS} headers at most.`);
  }
  let hosts = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i];
    if (name.length === 4 && name.toLowerCase() === 'host') hosts++;
  }
  return hosts > 1 ? new HttpInputError(400, 'invalid_host', 'A request must have one Host header only.') : undefined;
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
    `The ${part} of the address is not valid percent-encoded UTF-8, or holds a NUL character.`,
    part,
  );
