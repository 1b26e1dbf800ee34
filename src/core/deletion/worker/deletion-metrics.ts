import { Injectable } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { Metrics } from '../../health/metrics.js';
import { DeletionTasks } from '../deletion-tasks.js';

const UNKNOWN = { count: NaN, oldestSeconds: NaN };

/** Metrics of deletions whose rows are not all removed. */
@Injectable()
export class DeletionMetrics {
  constructor({ registry }: Metrics, tasks: DeletionTasks) {
    const registers = [registry];
    const oldest = new Gauge({
      name: 'parley_deletion_oldest_task_seconds',
      help: 'Age of the oldest deletion whose rows are not all removed.',
      registers,
    });
    new Gauge({
      name: 'parley_deletion_tasks',
      help: 'Deletions whose rows are not all removed.',
      registers,
      async collect() {
        const { count, oldestSeconds } = await tasks.measure().catch(() => UNKNOWN);
        this.set(count);
        oldest.set(oldestSeconds);
      },
    });
  }
}
