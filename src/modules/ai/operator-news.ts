import { Injectable, Logger } from '@nestjs/common';
import type { AiEventEntity, AiEventType } from './ai-event.entity.js';
import { type AiEventFilter, AiEventsRepository } from './ai-events.repository.js';
import { AiMetrics } from './ai-metrics.js';
import { isAlarm, type ModelFailure } from './model/model-failure.js';
import type { RequestTrace } from './model/model-gateway.js';
import type { ModelTarget } from './model/model.types.js';

/** In whose answer something was seen. */
export interface Occasion {
  botId: string;
  chatId?: string;
  runId?: string;
}

/** Tells operators what they have to know of keys, models and bots: by the log, by metrics, and by events that are kept. */
@Injectable()
export class OperatorNews {
  private readonly logger = new Logger('AI');

  constructor(
    private readonly events: AiEventsRepository,
    private readonly metrics: AiMetrics,
  ) {}

  /** All that has gone wrong on the way to an answer, and what is right again. @param failure of the last who was asked */
  async tell(
    occasion: Occasion,
    { target, passedOver, news }: Pick<RequestTrace, 'target' | 'passedOver' | 'news'>,
    failure?: ModelFailure,
  ): Promise<void> {
    const failed = target && failure ? [...passedOver, { target, failure }] : passedOver;
    for (const each of failed) this.log(occasion, each.target, each.failure);
    for (const each of news) await this.keep(each.news, each.target.provider, occasion, factsOf(each.target));
    for (const each of failed) {
      if (!isMisconfiguration(each.failure)) continue;
      const details = { ...factsOf(each.target), kind: each.failure.kind, message: each.failure.message };
      await this.keep('bot.misconfigured', occasion.botId, occasion, details);
    }
  }

  /** Keeps an event, unless it was the last thing told of its subject within the hour. No answer is lost for news that cannot be kept. */
  async keep(
    type: AiEventType,
    subject: string,
    { botId, ...ids }: Occasion,
    details: Record<string, string | number>,
  ): Promise<void> {
    try {
      await this.events.insert({ type, subject, botId, details: { ...ids, ...details } });
    } catch (error) {
      this.logger.warn(`News for operators could not be kept (${type}): ${(error as Error).message}`);
    }
  }

  /** Newest first. */
  list(filter: AiEventFilter): Promise<AiEventEntity[]> {
    return this.events.list(filter);
  }

  private log(occasion: Occasion, target: ModelTarget, { kind, message, facts }: ModelFailure): void {
    const details = { ...occasion, ...factsOf(target), kind, ...facts };
    if (!isAlarm({ kind })) return this.logger.warn(`A model did not answer (${kind}): ${message}`, details);
    this.metrics.alarm(kind);
    this.logger.error(`A model cannot be used (${kind}): ${message}`, undefined, details);
  }
}

/** Those of keys are told by their circuits. */
const isMisconfiguration = ({ kind }: ModelFailure): boolean =>
  isAlarm({ kind }) && kind !== 'quota' && kind !== 'auth';

const factsOf = ({ model, baseUrl, keyAlias }: ModelTarget) => ({
  model,
  host: new URL(baseUrl).host,
  key: keyAlias,
});
