import { WorkerHost } from '@nestjs/bullmq';
import { Logger } from '@nestjs/common';
import type { Job } from 'bullmq';
import { runInContext } from '../../../core/context/request-context.js';
import { QueueProcessor } from '../../../core/queue/queue-workers.module.js';
import { FileRemover } from '../file-remover.js';
import { CLEANING_WAKEUP } from '../file.queues.js';

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
