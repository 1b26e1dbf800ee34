import { Controller, Get, Header, HttpStatus, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Response } from 'express';
import { EventLoopLag } from './event-loop-lag.js';
import { HealthRegistry, type HealthReport } from './health-registry.js';

/** A process whose event loop was held up for longer than this does nobody any good, and should be started anew. */
const MAX_LAG_MS = 5000;

/** Tells an orchestrator, by 200 or 503, whether to let this process live (`live`) and to send it work (`ready`). */
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
    return answer(response, { status: this.lag.takeLongest() < MAX_LAG_MS ? 'ok' : 'unavailable' });
  }

  @Get('ready')
  @Header('cache-control', 'no-store')
  async ready(@Res({ passthrough: true }) response: Response): Promise<HealthReport> {
    return answer(response, await this.registry.report());
  }
}

function answer<T extends { status: HealthReport['status'] }>(response: Response, report: T): T {
  if (report.status === 'unavailable') response.status(HttpStatus.SERVICE_UNAVAILABLE);
  return report;
}
