import { Controller, Get, Header, HttpStatus, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Response } from 'express';
import { EventLoopLag } from './event-loop-lag.js';
import { HealthRegistry, type HealthReport } from './health-registry.js';

/** A process whose event loop was blocked for longer than this should be restarted. */
const MAX_LAG_MS = 5000;

/** Liveness (`live`) and readiness (`ready`) probes for an orchestrator: 200 or 503. */
@ApiExcludeController()
@Controller('health')
export class HealthController {
  constructor(
    private readonly registry: HealthRegistry,
    private readonly lag: EventLoopLag,
  ) {}

  @Get('live')
  @Header('cache-control', 'no-store')
  live(@Res({ passthrough: true }) response: Response): { status: 'ok' | 'unavailable' } {
    return withStatus(response, { status: this.lag.takeLongest() < MAX_LAG_MS ? 'ok' : 'unavailable' });
  }

  @Get('ready')
  @Header('cache-control', 'no-store')
  async ready(@Res({ passthrough: true }) response: Response): Promise<HealthReport> {
    return withStatus(response, await this.registry.report());
  }
}

function withStatus<T extends { status: HealthReport['status'] }>(response: Response, report: T): T {
  if (report.status === 'unavailable') response.status(HttpStatus.SERVICE_UNAVAILABLE);
  return report;
}
