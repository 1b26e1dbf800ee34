import { WorkerHost } from '@nestjs/bullmq';
import type { Job } from 'bullmq';
import { runInContext } from '../../../core/context/request-context.js';
import { QueueProcessor } from '../../../core/queue/queue-workers.module.js';
import { CHAT_BELL } from '../delivery.queues.js';
import { ChatWaker } from './chat-waker.js';

/** A chat's log has grown. */
@QueueProcessor(CHAT_BELL)
export class ChatBellProcessor extends WorkerHost {
  constructor(private readonly waker: ChatWaker) {
    super();
  }

  async process({ id, data }: Job<{ chatId: string; requestId?: string }>): Promise<void> {
    await runInContext({ requestId: data.requestId ?? `job-${id}` }, () => this.waker.wake(data.chatId));
  }
}
