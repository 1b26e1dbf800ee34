import { Injectable, Logger } from '@nestjs/common';
import { Database } from '../../../core/database/database.js';
import { DomainError } from '../../../core/errors/domain.error.js';
import { ChatLog } from '../../chats/index.js';
import { DraftsService } from '../../messages/index.js';
import type { AiRunEntity } from '../ai-run.entity.js';
import { NOTICES } from '../notices/notices.js';
import { cancelled, draftEndOf, type Outcome } from './outcome.js';
import { RunLostError, RunRecord } from './run-record.js';
import { RunSpeaker } from './run-speaker.js';

/** Workers that may die, or fail, over one run before it is given up. */
const MAX_TRIES = 3;

/**
 * Writes the end of a run: the answer, the state, the tokens used, and that the draft is no more, all in one transaction that
 * another worker's lease turns away. So there is one answer, or none and the run is still to be done.
 */
@Injectable()
export class RunEnding {
  private readonly logger = new Logger(RunEnding.name);

  constructor(
    private readonly record: RunRecord,
    private readonly speaker: RunSpeaker,
    private readonly drafts: DraftsService,
    private readonly log: ChatLog,
    private readonly database: Database,
  ) {}

  /** @returns false when another worker has the run */
  async write(run: AiRunEntity, token: string, outcome: Outcome): Promise<boolean> {
    try {
      await this.commit(run, token, outcome);
    } catch (error) {
      if (error instanceof RunLostError) return false;
      if (!(error instanceof DomainError) || outcome.state === 'failed') throw error;
      // The bot may not speak here any more: it has left, or the chat is frozen.
      const facts = { ...outcome.facts, errorDetail: error.message };
      return this.write(run, token, { state: 'failed', reason: error.code, facts });
    }
    this.record.count(outcome);
    return true;
  }

  /** Of a run that is another worker's now, or was removed with its bot: then all that there was to say was said with that. */
  async abandon({ id }: AiRunEntity): Promise<void> {
    if (!(await this.record.exists(id))) return;
    this.logger.warn(`Run ${id} was taken over by another worker; what was said here counts no more`);
  }

  /** To be begun anew, by any worker; after too many of them, it is given up. @returns whether it waits again */
  async putBack(run: AiRunEntity, token: string, delayMs: number, isOurFault: boolean): Promise<boolean> {
    if (isOurFault && run.tries >= MAX_TRIES) {
      const notice = { notice: NOTICES.gaveUp, isAlways: false };
      await this.write(run, token, { state: 'failed', reason: 'worker_lost', notice, facts: {} });
      return false;
    }
    if (await this.database.transaction(() => this.record.requeue(run.id, token, delayMs))) return true;
    await this.write(run, token, cancelled('stopped'));
    return false;
  }

  private commit(run: AiRunEntity, token: string, outcome: Outcome): Promise<void> {
    const { id, botId: senderId, chatId } = run;
    return this.database.transaction(async () => {
      // The chat first, as everybody does who writes there: else two could wait for each other.
      await this.log.lock([chatId]);
      await this.record.hold(id, token);
      const messageId = (await this.speaker.speak(run, outcome))?.id;
      await this.record.close(run, outcome, messageId ?? null);
      await this.drafts.close({ id, chatId, senderId }, draftEndOf(outcome), messageId ?? '');
    });
  }
}
