import { Injectable } from '@nestjs/common';
import { AiModuleSettings } from '../ai.settings.js';
import { PresenceService } from '../../messages/index.js';
import type { AiRunEntity } from './ai-run.entity.js';
import { AiRunsRepository } from './ai-runs.repository.js';
import type { BotChatKey } from '../ai.queues.js';
import type { Prompt } from '../generation/context/prompt-builder.js';
import type { ModelFailure } from '../providers/model-failure.js';
import type { RequestTrace } from '../providers/model-gateway.js';
import { asBot } from './bot-messages.js';
import { AiAlerts } from '../providers/alerts/ai-alerts.js';
import { UsageRecorder } from './usage/usage-recorder.js';
import type { RunLease } from './run-lease.js';
import type { Completion, RunContext } from '../generation/completion.js';
import { TypingIndicator } from './typing-indicator.js';

const TRUNCATED = 'the message or its tool results exceeded the context limit and were truncated';

/** Reports the progress of a run: typing indicator, state, usage, and alerts for operators. */
@Injectable()
export class RunReporter {
  constructor(
    private readonly presence: PresenceService,
    private readonly runs: AiRunsRepository,
    private readonly usage: UsageRecorder,
    private readonly alerts: AiAlerts,
    private readonly settings: AiModuleSettings,
  ) {}

  startTyping({ botId, chatId }: AiRunEntity): TypingIndicator {
    return new TypingIndicator(this.presence, botId, chatId, this.settings.AI_SLOW_MS);
  }

  /** Sends one typing event. A run that waits for a slot is tried again before clients hide the indicator. */
  sendTyping({ botId, chatId }: BotChatKey): void {
    this.presence.startTyping(asBot(botId), chatId).catch(() => undefined); // best effort
  }

  /** Records the progress of a run for the Admin API. */
  async advance({ run, token }: RunLease, changes: Partial<AiRunEntity>): Promise<void> {
    await this.runs.updateLeased(run.id, token, changes);
  }

  /** @returns the fields of the run with the usage of this request added */
  measure(
    run: AiRunEntity,
    { target }: RunContext,
    context: Prompt,
    trace: RequestTrace,
    completion: Completion,
    startedAt: number,
  ): Promise<Partial<AiRunEntity>> {
    if (context.isTriggerTruncated && !completion.remarks.includes(TRUNCATED)) completion.remarks.push(TRUNCATED);
    return this.usage.measure(run, trace.target ?? target, context, trace, completion, startedAt);
  }

  /** Sends alerts to operators. */
  async alert({ id: runId, botId, chatId }: AiRunEntity, trace: RequestTrace, failure?: ModelFailure): Promise<void> {
    await this.alerts.report({ botId, chatId, runId }, trace, failure);
  }
}
