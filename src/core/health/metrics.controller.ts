import { Controller, Get, Header, UseGuards } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Registry } from 'prom-client';
import { MetricsGuard } from './metrics.guard.js';
import { Metrics } from './metrics.js';

/** The metrics of this process in the Prometheus text format. */
@ApiExcludeController()
@Controller('metrics')
@UseGuards(MetricsGuard)
export class MetricsController {
  constructor(private readonly metrics: Metrics) {}

  @Get()
  @Header('content-type', Registry.PROMETHEUS_CONTENT_TYPE)
  collect(): Promise<string> {
    return this.metrics.registry.metrics();
  }
}
