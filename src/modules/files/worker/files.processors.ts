import { WorkerHost } from '@nestjs/bullmq';
import type { Job } from 'bullmq';
import { Logger } from '@nestjs/common';
import { runInContext } from '../../../core/context/request-context.js';
import { QueueProcessor } from '../../../core/queue/queue-workers.module.js';
import { FileRemover } from '../file-remover.js';
import { PREVIEW_WAKEUP, CLEANING_WAKEUP } from '../file.queues.js';
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

/** Deletes unused files. */
@QueueProcessor(CLEANING_WAKEUP)
export class CleaningProcessor extends WorkerHost {
  private readonly logger = new Logger(CleaningProcessor.name);

  constructor(private readonly remover: FileRemover) {
    super();
  }

  async process({ id }: Job): Promise<void> {
    await runInContext({ requestId: `job-${id}` }, async () => {
      const count = await this.remover.clean();
      if (count > 0) this.logger.log(`Deleted ${count} unused files`);
    });
  }
}
