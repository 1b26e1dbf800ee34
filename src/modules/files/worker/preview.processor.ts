import { WorkerHost } from '@nestjs/bullmq';
import type { Job } from 'bullmq';
import { runInContext } from '../../../core/context/request-context.js';
import { QueueProcessor } from '../../../core/queue/queue-workers.module.js';
import { PREVIEW_WAKEUP } from '../file.queues.js';
import { PreviewRunner } from './preview-runner.js';

/** Generates the preview of a file. */
@QueueProcessor(PREVIEW_WAKEUP)
export class PreviewProcessor extends WorkerHost {
  constructor(private readonly runner: PreviewRunner) {
    super();
  }

  async process({ id, data }: Job<{ fileId: string; requestId?: string }>): Promise<void> {
    await runInContext({ requestId: data.requestId ?? `job-${id}` }, () => this.runner.run(data.fileId));
  }
}
