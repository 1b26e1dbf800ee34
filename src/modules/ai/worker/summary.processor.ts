import { WorkerHost } from '@nestjs/bullmq';
import type { Job } from 'bullmq';
import { runInContext } from '../../../core/context/request-context.js';
import { QueueProcessor } from '../../../core/queue/queue-workers.module.js';
import { AI_SUMMARY_WAKEUP } from '../ai.queues.js';
import type { BotChatKey } from '../ai.queues.js';
import { Summarizer } from '../generation/summary/summarizer.js';

/** Processes wake-ups of chat summaries. */
@QueueProcessor(AI_SUMMARY_WAKEUP)
export class SummaryProcessor extends WorkerHost {
  constructor(private readonly summarizer: Summarizer) {
    super();
  }

  async process({ id, data }: Job<BotChatKey & { requestId?: string }>): Promise<void> {
    const { botId, chatId, requestId = `job-${id}` } = data;
    await runInContext({ requestId }, () => this.summarizer.refresh({ botId, chatId }));
  }
}
