import { WorkerHost } from '@nestjs/bullmq';
import type { Job } from 'bullmq';
import { runInContext } from '../../../core/context/request-context.js';
import { Database } from '../../../core/database/database.js';
import { QueueProcessor } from '../../../core/queue/queue-workers.module.js';
import { ChatLog } from '../../chats/index.js';
import { CHAT_BELL } from '../delivery.queues.js';
import { LanesRepository } from '../lanes.repository.js';
import { LaneRunner } from './lane-runner.js';

/** A chat's log has grown: its lanes that are behind become due, and are served here or rung. */
@QueueProcessor(CHAT_BELL)
export class ChatBellProcessor extends WorkerHost {
  constructor(
    private readonly database: Database,
    private readonly log: ChatLog,
    private readonly lanes: LanesRepository,
    private readonly runner: LaneRunner,
  ) {
    super();
  }

  async process({ id, data }: Job<{ chatId: string; requestId?: string }>): Promise<void> {
    await runInContext({ requestId: data.requestId ?? `job-${id}` }, async () => {
      const due = await this.database.transaction(async () => {
        const lastSeq = await this.log.disarm(data.chatId);
        return lastSeq === undefined ? [] : this.lanes.wake(data.chatId, lastSeq);
      });
      this.runner.runOrRing(due);
    });
  }
}
