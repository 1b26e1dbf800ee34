import { Injectable } from '@nestjs/common';
import { Settings } from '../../../core/config/settings.js';
import { PresenceService } from '../../messages/index.js';
import type { AiRunEntity } from '../ai-run.entity.js';
import { AiRunsRepository, type RunKey } from '../ai-runs.repository.js';
import type { Context, ContextLimits } from '../context/context-builder.js';
import type { Prompt } from '../context/prompt-maker.js';
import type { ModelFailure } from '../model/model-failure.js';
import { canSee, mostTokens } from '../model/model-family.js';
import { smallestWindow } from '../model/model-window.js';
import type { RequestTrace } from '../model/model-gateway.js';
import type { ModelRequest, ToolSpec } from '../model/model.types.js';
import { ModelTargets, parametersOf } from '../model/model-targets.js';
import { asBot } from '../notices/notice-sender.js';
import { OperatorNews } from '../operator-news.js';
import { Accounts } from './accounts.js';
import type { RunLease } from './run-lease.js';
import type { Scene } from './scene.js';
import type { Speech } from './speech.js';
import { TypingSign } from './typing-sign.js';

const TOO_LONG = 'the question, or what tools have said to it, was too long: its middle was left out';

/** All that stands around an answer: what is asked, shown and noted while it is made. */
@Injectable()
export class AnswerDesk {
  constructor(
    private readonly targets: ModelTargets,
    private readonly presence: PresenceService,
    private readonly runs: AiRunsRepository,
    private readonly accounts: Accounts,
    private readonly news: OperatorNews,
    private readonly settings: Settings,
  ) {}

  limitsOf({ ai, target, fallbacks, downgraded = target }: Scene): ContextLimits {
    const room = smallestWindow([target, downgraded, ...fallbacks]);
    const ofAnswer = mostTokens({ target, fallbacks: [downgraded, ...fallbacks], parameters: parametersOf(ai) }, 0);
    return {
      maxMessages: ai.contextMessages ?? this.settings.AI_CONTEXT_MESSAGES,
      maxTokens: Math.min(ai.contextTokens ?? this.settings.AI_CONTEXT_TOKENS, room - ofAnswer),
      maxImages: canSee(target) ? (ai.contextImages ?? 0) : 0,
    };
  }

  showTyping({ botId, chatId }: AiRunEntity): TypingSign {
    return new TypingSign(this.presence, botId, chatId, this.settings.AI_SLOW_MS);
  }

  /** Once: whoever waits for a place is looked at again before the sign goes out. */
  type({ botId, chatId }: RunKey): void {
    this.presence.type(asBot(botId), chatId).catch(() => undefined); // nobody has to know
  }

  requestOf(
    { botId, userId }: AiRunEntity,
    { ai, target, fallbacks }: Scene,
    { messages }: Context,
    tools: readonly ToolSpec[],
  ): ModelRequest {
    return {
      target,
      fallbacks,
      messages,
      tools,
      parameters: parametersOf(ai),
      safetyIdentifier: this.targets.safetyIdentifier(userId),
      cacheKey: `bot:${botId}`,
    };
  }

  /** Notes how far a run has come, for those who look at it. */
  async advance({ run, token }: RunLease, changes: Partial<AiRunEntity>): Promise<void> {
    await this.runs.advance(run.id, token, changes);
  }

  account(
    run: AiRunEntity,
    { target }: Scene,
    context: Prompt,
    trace: RequestTrace,
    speech: Speech,
    startedAt: number,
  ): Promise<Partial<AiRunEntity>> {
    if (context.isTriggerCut && !speech.remarks.includes(TOO_LONG)) speech.remarks.push(TOO_LONG);
    return this.accounts.facts(run, trace.target ?? target, context, trace, speech, startedAt);
  }

  /** Tells the operators. */
  async report({ id: runId, botId, chatId }: AiRunEntity, trace: RequestTrace, failure?: ModelFailure): Promise<void> {
    await this.news.tell({ botId, chatId, runId }, trace, failure);
  }
}

/** Less than was told before. */
export const halfOf = ({ tokens, messageIds }: Context): ContextLimits => ({
  maxTokens: Math.max(Math.floor(tokens / 2), 1),
  maxMessages: Math.max(Math.ceil(messageIds.length / 2), 1),
  maxImages: 0,
});
