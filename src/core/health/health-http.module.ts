import { Module } from '@nestjs/common';
import { HealthController } from './health.controller.js';
import { HealthModule } from './health.module.js';
import { MetricsGuard } from './metrics.guard.js';
import { MetricsController } from './metrics.controller.js';

/** `GET /health/live`, `/health/ready` and `/metrics`: on the port of the API, or of a worker. */
@Module({
  imports: [HealthModule],
  controllers: [HealthController, MetricsController],
  providers: [MetricsGuard],
})
export class HealthHttpModule {}
