import { Injectable, Logger } from '@nestjs/common';
import { Database } from '../../../core/database/database.js';
import { DomainError } from '../../../core/errors/domain.error.js';
import { ChatLog } from '../../chats/index.js';
import { DraftsService } from '../../messages/index.js';
import type { AiRunEntity } from './ai-run.entity.js';
import { NOTICES } from './notices/notices.js';
import { cancelled, draftEndOf, type Outcome } from './outcome.js';
import { RunLostError, RunRecorder } from './run-recorder.js';
import { ReplyPublisher } from './reply-publisher.js';

/** Tries before a run that kills or fails its workers is given up. */
const MAX_TRIES = 3;

/**
 * Finishes a run: reply, state, token usage and the end of the draft, in one transaction that is fenced by the lease. So there is
 * either one reply, or none and the run is still queued.
 */
@Injectable()
export class RunFinalizer {
  private readonly logger = new Logger(RunFinalizer.name);

  constructor(
    private readonly recorder: RunRecorder,
    private readonly publisher: ReplyPublisher,
    private readonly drafts: DraftsService,
    private readonly chatLog: ChatLog,
    private readonly database: Database,
  ) {}

  /** @returns false if another worker owns the run */
  async finish(run: AiRunEntity, token: string, outcome: Outcome): Promise<boolean> {
    try {
      await this.commit(run, token, outcome);
    } catch (error) {
      if (error instanceof RunLostError) return false;
      if (!(error instanceof DomainError) || outcome.state === 'failed') throw error;
      // The bot may no longer send here: it has left, or the chat is frozen.
      const runFields = { ...outcome.runFields, errorDetail: error.message };
      return this.finish(run, token, { state: 'failed', reason: error.code, runFields });
    }
    this.recorder.observe(outcome);
    return true;
  }

  /** Logs that another worker took over the run. A run that was deleted with its bot is not logged. */
  async logLost({ id }: AiRunEntity): Promise<void> {
    if (!(await this.recorder.exists(id))) return;
    this.logger.warn(`Run ${id} was taken over by another worker; its output was discarded`);
  }

  /** Queues the run again for any worker, or gives it up after too many tries. @returns whether it is queued again */
  async requeue(run: AiRunEntity, token: string, delayMs: number, isError: boolean): Promise<boolean> {
    if (isError && run.tries >= MAX_TRIES) {
      const notice = { notice: NOTICES.gaveUp, isUnconditional: false };
      await this.finish(run, token, { state: 'failed', reason: 'worker_lost', notice, runFields: {} });
      return false;
    }
    if (await this.database.transaction(() => this.recorder.requeue(run.id, token, delayMs))) return true;
    await this.finish(run, token, cancelled('stopped'));
    return false;
  }

  private commit(run: AiRunEntity, token: string, outcome: Outcome): Promise<void> {
    const { id, botId: senderId, chatId } = run;
    return this.database.transaction(async () => {
      // Lock the chat first, as all writers do; another order could deadlock.
      await this.chatLog.lock([chatId]);
      await this.recorder.lock(id, token);
      const messageId = (await this.publisher.publish(run, outcome))?.id;
      await this.recorder.close(run, outcome, messageId ?? null);
      await this.drafts.close({ id, chatId, senderId }, draftEndOf(outcome), messageId ?? '');
    });
  }
}
