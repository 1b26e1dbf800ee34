import { Injectable } from '@nestjs/common';
import { Settings } from '../../../core/config/settings.js';
import { PresenceService } from '../../messages/index.js';
import type { AiRunEntity } from '../ai-run.entity.js';
import { AiRunsRepository, type RunKey } from '../ai-runs.repository.js';
import type { Prompt } from '../context/prompt-maker.js';
import type { ModelFailure } from '../model/model-failure.js';
import type { RequestTrace } from '../model/model-gateway.js';
import { asBot } from '../notices/notice-sender.js';
import { OperatorNews } from '../operator-news.js';
import { Accounts } from './accounts.js';
import type { RunLease } from './run-lease.js';
import type { Scene } from './scene.js';
import type { Speech } from './speech.js';
import { TypingSign } from './typing-sign.js';

const TRUNCATED = 'the message or its tool results exceeded the context limit and were truncated';

/** Reports the progress of a run: typing indicator, state, usage, and alerts for operators. */
@Injectable()
export class RunReporter {
  constructor(
    private readonly presence: PresenceService,
    private readonly runs: AiRunsRepository,
    private readonly accounts: Accounts,
    private readonly news: OperatorNews,
    private readonly settings: Settings,
  ) {}

  startTyping({ botId, chatId }: AiRunEntity): TypingSign {
    return new TypingSign(this.presence, botId, chatId, this.settings.AI_SLOW_MS);
  }

  /** Sends one typing event. A run that waits for a slot is tried again before clients hide the indicator. */
  sendTyping({ botId, chatId }: RunKey): void {
    this.presence.type(asBot(botId), chatId).catch(() => undefined); // best effort
  }

  /** Records the progress of a run for the Admin API. */
  async advance({ run, token }: RunLease, changes: Partial<AiRunEntity>): Promise<void> {
    await this.runs.advance(run.id, token, changes);
  }

  /** @returns the fields of the run with the usage of this request added */
  measure(
    run: AiRunEntity,
    { target }: Scene,
    context: Prompt,
    trace: RequestTrace,
    completion: Speech,
    startedAt: number,
  ): Promise<Partial<AiRunEntity>> {
    if (context.isTriggerCut && !completion.remarks.includes(TRUNCATED)) completion.remarks.push(TRUNCATED);
    return this.accounts.facts(run, trace.target ?? target, context, trace, completion, startedAt);
  }

  /** Sends alerts to operators. */
  async alert({ id: runId, botId, chatId }: AiRunEntity, trace: RequestTrace, failure?: ModelFailure): Promise<void> {
    await this.news.tell({ botId, chatId, runId }, trace, failure);
  }
}
