import { WorkerHost } from '@nestjs/bullmq';
import type { OnModuleDestroy } from '@nestjs/common';
import type { Job } from 'bullmq';
import { runInContext } from '../../../core/context/request-context.js';
import { QueueProcessor } from '../../../core/queue/queue-workers.module.js';
import { AI_RUN_WAKEUP, AI_SUMMARY_WAKEUP, type BotChatKey } from '../ai.queues.js';
import { Summarizer } from '../generation/summary/summarizer.js';
import { AiRunner } from './ai-runner.js';

/** Processes wake-ups of runs. */
@QueueProcessor(AI_RUN_WAKEUP)
export class AiRunProcessor extends WorkerHost implements OnModuleDestroy {
  constructor(private readonly runner: AiRunner) {
    super();
  }

  async process({ id, data }: Job<BotChatKey & { requestId?: string }>): Promise<void> {
    await runInContext({ requestId: data.requestId ?? `job-${id}` }, () => this.runner.run(data));
  }

  /** Takes no more wake-ups while the active runs finish. */
  async onModuleDestroy(): Promise<void> {
    await this.worker.pause(true);
  }
}

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
