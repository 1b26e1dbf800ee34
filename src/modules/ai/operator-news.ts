import { Injectable, Logger } from '@nestjs/common';
import type { AiEventEntity, AiEventType } from './ai-event.entity.js';
import { type AiEventFilter, AiEventsRepository } from './ai-events.repository.js';
import { AiMetrics } from './ai-metrics.js';
import { isAlarm, type ModelFailure } from './model/model-failure.js';
import type { RequestTrace } from './model/model-gateway.js';
import type { ModelTarget } from './model/model.types.js';

/** The run that caused an alert. */
export interface Occasion {
  botId: string;
  chatId?: string;
  runId?: string;
}

/** Reports problems of keys, models and bots to operators: log, metrics and stored events. */
@Injectable()
export class OperatorNews {
  private readonly logger = new Logger('AI');

  constructor(
    private readonly events: AiEventsRepository,
    private readonly metrics: AiMetrics,
  ) {}

  /** Reports the failures and circuit events of a request. @param failure of the last target */
  async tell(
    context: Occasion,
    { target, passedOver, news: circuitEvents }: Pick<RequestTrace, 'target' | 'passedOver' | 'news'>,
    failure?: ModelFailure,
  ): Promise<void> {
    const failed = target && failure ? [...passedOver, { target, failure }] : passedOver;
    for (const each of failed) this.log(context, each.target, each.failure);
    for (const { event, target: source } of circuitEvents) {
      await this.keep(event, source.provider, context, factsOf(source));
    }
    for (const each of failed) {
      if (!isMisconfiguration(each.failure)) continue;
      const details = { ...factsOf(each.target), kind: each.failure.kind, message: each.failure.message };
      await this.keep('bot.misconfigured', context.botId, context, details);
    }
  }

  /** Records an event, unless the last one of its subject has the same type and is less than an hour old. Never fails the run. */
  async keep(
    type: AiEventType,
    subject: string,
    { botId, ...ids }: Occasion,
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

  private log(context: Occasion, target: ModelTarget, { kind, message, facts }: ModelFailure): void {
    const details = { ...context, ...factsOf(target), kind, ...facts };
    if (!isAlarm({ kind })) return this.logger.warn(`Model request failed (${kind}): ${message}`, details);
    this.metrics.alarm(kind);
    this.logger.error(`Model unusable (${kind}): ${message}`, undefined, details);
  }
}

/** Failures of keys are reported by their circuits. */
const isMisconfiguration = ({ kind }: ModelFailure): boolean =>
  isAlarm({ kind }) && kind !== 'quota' && kind !== 'auth';

const factsOf = ({ model, baseUrl, keyAlias }: ModelTarget) => ({
  model,
  host: new URL(baseUrl).host,
  key: keyAlias,
});
