import { WorkerHost } from '@nestjs/bullmq';
import type { Job } from 'bullmq';
import { runInContext } from '../../../core/context/request-context.js';
import { QueueProcessor } from '../../../core/queue/queue-workers.module.js';
import { CHAT_WAKEUP, DELIVERY_WAKEUP } from '../delivery.queues.js';
import { ChatDispatcher } from './chat-dispatcher.js';
import { DeliveryScheduler } from './delivery-scheduler.js';

/** Dispatches a chat with new entries. */
@QueueProcessor(CHAT_WAKEUP)
export class ChatWakeupProcessor extends WorkerHost {
  constructor(private readonly dispatcher: ChatDispatcher) {
    super();
  }

  async process({ id, data }: Job<{ chatId: string; requestId?: string }>): Promise<void> {
    await runInContext({ requestId: data.requestId ?? `job-${id}` }, () => this.dispatcher.dispatch(data.chatId));
  }
}

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
