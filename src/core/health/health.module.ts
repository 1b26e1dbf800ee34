import { Global, Module } from '@nestjs/common';
import { EventLoopLag } from './event-loop-lag.js';
import { HealthRegistry } from './health-registry.js';
import { Metrics } from './metrics.js';

/** Provides the registries of health checks and metrics in every process. */
@Global()
@Module({
  providers: [HealthRegistry, Metrics, EventLoopLag],
  exports: [HealthRegistry, Metrics, EventLoopLag],
})
export class HealthModule {}
