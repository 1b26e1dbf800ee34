import { Injectable, Logger } from '@nestjs/common';
import type { AiEventEntity, AiEventType } from './ai-event.entity.js';
import { type AiEventFilter, AiEventsRepository } from './ai-events.repository.js';
import { AiMetrics } from '../../ai-metrics.js';
import { needsOperator, type ModelFailure } from '../model-failure.js';
import type { RequestTrace } from '../model-gateway.js';
import type { ModelTarget } from '../model.types.js';

/** The run that caused an alert. */
export interface AlertContext {
  botId: string;
  chatId?: string;
  runId?: string;
}

/** Reports problems of keys, models and bots to operators: log, metrics and stored events. */
@Injectable()
export class AiAlerts {
  private readonly logger = new Logger('AI');

  constructor(
    private readonly events: AiEventsRepository,
    private readonly metrics: AiMetrics,
  ) {}

  /** Reports the failures and circuit events of a request. @param failure of the last target */
  async report(
    context: AlertContext,
    { target, failedTargets, circuitEvents }: Pick<RequestTrace, 'target' | 'failedTargets' | 'circuitEvents'>,
    failure?: ModelFailure,
  ): Promise<void> {
    const failed = target && failure ? [...failedTargets, { target, failure }] : failedTargets;
    for (const each of failed) this.log(context, each.target, each.failure);
    for (const { event, target: source } of circuitEvents) {
      await this.record(event, source.provider, context, targetDetails(source));
    }
    for (const each of failed) {
      if (!isMisconfiguration(each.failure)) continue;
      const details = { ...targetDetails(each.target), kind: each.failure.kind, message: each.failure.message };
      await this.record('bot.misconfigured', context.botId, context, details);
    }
  }

  /** Records an event, unless the last one of its subject has the same type and is less than an hour old. Never fails the run. */
  async record(
    type: AiEventType,
    subject: string,
    { botId, ...ids }: AlertContext,
    details: Record<string, string | number>,
  ): Promise<void> {
    try {
      await this.events.insert({ type, subject, botId, details: { ...ids, ...details } });
    } catch (error) {
      this.logger.warn(`Cannot record AI event ${type}: ${(error as Error).message}`);
    }
  }

  /** Newest first. */
  list(filter: AiEventFilter): Promise<AiEventEntity[]> {
    return this.events.list(filter);
  }

  private log(
    context: AlertContext,
    target: ModelTarget,
    { kind, message, details: failureDetails }: ModelFailure,
  ): void {
    const details = { ...context, ...targetDetails(target), kind, ...failureDetails };
    if (!needsOperator({ kind })) return this.logger.warn(`Model request failed (${kind}): ${message}`, details);
    this.metrics.countAlert(kind);
    this.logger.error(`Model unusable (${kind}): ${message}`, undefined, details);
  }
}

/** Failures of keys are reported by their circuits. */
const isMisconfiguration = ({ kind }: ModelFailure): boolean =>
  needsOperator({ kind }) && kind !== 'quota' && kind !== 'auth';

const targetDetails = ({ model, baseUrl, keyAlias }: ModelTarget) => ({
  model,
  host: new URL(baseUrl).host,
  key: keyAlias,
});
