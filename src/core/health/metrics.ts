import { Injectable } from '@nestjs/common';
import type { Request, RequestHandler } from 'express';
import { collectDefaultMetrics, Histogram, Registry } from 'prom-client';

/** Seconds; between a cache hit and the longest upload. */
const DURATION_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15];

/**
 * The metrics of this process. Other classes add theirs to the registry:
 * `new Counter({ name, help, registers: [metrics.registry] })`.
 */
@Injectable()
export class Metrics {
  readonly registry = new Registry();

  readonly httpRequestDuration = new Histogram({
    name: 'parley_http_request_duration_seconds',
    help: 'Time from the arrival of a request to the end of its response.',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: DURATION_BUCKETS,
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }
}

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
