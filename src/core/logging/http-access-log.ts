import type { Request, RequestHandler, Response } from 'express';
import { keepContext } from '../context/request-context.js';
import type { ParleyLogger } from './parley.logger.js';

/** The status that nginx logs if the client closes the connection before the response. */
const CLIENT_CLOSED_REQUEST = 499;

/**
 * Logs one line per request: as `debug`, or as `warn` for a 5xx response. The query is omitted, as it may contain
 * searches and secrets.
 */
export function httpAccessLog(logger: ParleyLogger): RequestHandler {
  return (request, response, next) => {
    const startedAt = performance.now();
    // A broken connection closes the response in another context. This restores the context of the request.
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
