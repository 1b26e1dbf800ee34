import { WorkerHost } from '@nestjs/bullmq';
import type { Job } from 'bullmq';
import { runInContext } from '../../../core/context/request-context.js';
import { QueueProcessor } from '../../../core/queue/queue-workers.module.js';
import { LANE_BELL } from '../delivery.queues.js';
import type { LaneKey } from '../lanes.repository.js';
import { LaneScheduler } from './lane-scheduler.js';

/** A lane has something to do. */
@QueueProcessor(LANE_BELL)
export class LaneBellProcessor extends WorkerHost {
  constructor(private readonly scheduler: LaneScheduler) {
    super();
  }

  async process({ id, data }: Job<LaneKey & { late?: string; requestId?: string }>): Promise<void> {
    await runInContext({ requestId: data.requestId ?? `job-${id}` }, () =>
      this.scheduler.serve({ ...data, isLate: data.late !== undefined }),
    );
  }
}
