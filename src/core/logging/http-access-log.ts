import type { Request, RequestHandler, Response } from 'express';
import { keepContext } from '../context/request-context.js';
import type { ParleyLogger } from './parley.logger.js';

/** What nginx writes when the client hung up before it was answered. */
const CLIENT_CLOSED_REQUEST = 499;

/**
 * Logs one line a request: as `debug`, or as `warn` if it was answered with a 5xx. The query is left out, as it may
 * hold searches and secrets.
 */
export function httpAccessLog(logger: ParleyLogger): RequestHandler {
  return (request, response, next) => {
    const startedAt = performance.now();
    // A connection that breaks closes the response in a context of its own. This keeps the one of the request.
    const inContext = keepContext();
    response.on('close', () => {
      const isFault = response.statusCode >= 500;
      if (!logger.isLevelEnabled(isFault ? 'warn' : 'debug')) return;
      const line = describe(request, response, performance.now() - startedAt);
      inContext(() => (isFault ? logger.warn('Failed', line, 'Http') : logger.debug('Served', line, 'Http')));
    });
    next();
  };
}

const describe = (request: Request, response: Response, milliseconds: number) => ({
  method: request.method,
  path: request.originalUrl.split('?', 1)[0],
  status: response.writableFinished ? response.statusCode : CLIENT_CLOSED_REQUEST,
  ms: Math.round(milliseconds * 10) / 10,
});
