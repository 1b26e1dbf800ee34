import type { Request, RequestHandler } from 'express';
import type { Metrics } from './metrics.js';

/**
 * Measures each request with a complete response. The route label is the pattern, such as `/v3/users/:id`, or `none` for all requests
 * without a route, so that the number of series does not depend on the requested paths.
 */
export function httpMetrics({ httpRequestDuration }: Metrics): RequestHandler {
  return (request, response, next) => {
    const startedAt = performance.now();
    response.on('finish', () => {
      const labels = { method: request.method, route: routeOf(request), status: response.statusCode };
      httpRequestDuration.observe(labels, (performance.now() - startedAt) / 1000);
    });
    next();
  };
}

const routeOf = (request: Request): string =>
  request.route ? `${request.baseUrl}${String((request.route as { path: unknown }).path)}` : 'none';
