import { Global, Module } from '@nestjs/common';
import { EventLoopLag } from './event-loop-lag.js';
import { HealthController } from './health.controller.js';
import { HealthRegistry } from './health-registry.js';
import { MetricsController, MetricsGuard } from './metrics.controller.js';
import { Metrics } from './metrics.js';

/** Provides the registries of health checks and metrics in every process. */
@Global()
@Module({
  providers: [HealthRegistry, Metrics, EventLoopLag],
  exports: [HealthRegistry, Metrics, EventLoopLag],
})
export class HealthModule {}

/** `GET /health/live`, `/health/ready` and `/metrics`: on the port of the API, or of a worker. */
@Module({
  imports: [HealthModule],
  controllers: [HealthController, MetricsController],
  providers: [MetricsGuard],
})
export class HealthHttpModule {}
