import { Injectable } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { Metrics } from '../../../core/health/metrics.js';
import { DeliveryScheduler } from './delivery-scheduler.js';

/** Metrics of the slots of this process. */
@Injectable()
export class SchedulerMetrics {
  constructor({ registry }: Metrics, scheduler: DeliveryScheduler) {
    const used = new Gauge({
      name: 'parley_delivery_slots_used',
      help: 'Slots of this process that serve a subscription, by pool.',
      labelNames: ['pool'] as const,
      registers: [registry],
    });
    new Gauge({
      name: 'parley_endpoints_waiting',
      help: 'Endpoints with due work that wait for slots of this process, by pool.',
      labelNames: ['pool'] as const,
      registers: [registry],
      collect() {
        for (const [pool, load] of Object.entries(scheduler.load)) {
          this.set({ pool }, load.waiting);
          used.set({ pool }, load.used);
        }
      },
    });
  }
}
