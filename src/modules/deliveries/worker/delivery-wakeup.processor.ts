import { WorkerHost } from '@nestjs/bullmq';
import type { Job } from 'bullmq';
import { runInContext } from '../../../core/context/request-context.js';
import { QueueProcessor } from '../../../core/queue/queue-workers.module.js';
import { DELIVERY_WAKEUP } from '../delivery.queues.js';
import { DeliveryScheduler } from './delivery-scheduler.js';

/** Serves an endpoint with due work. */
@QueueProcessor(DELIVERY_WAKEUP)
export class DeliveryWakeupProcessor extends WorkerHost {
  constructor(private readonly scheduler: DeliveryScheduler) {
    super();
  }

  async process({ id, data }: Job<{ endpointId: string; shard?: string; requestId?: string }>): Promise<void> {
    await runInContext({ requestId: data.requestId ?? `job-${id}` }, () =>
      this.scheduler.serveInTurn(data.endpointId, Number(data.shard ?? 0)),
    );
  }
}
