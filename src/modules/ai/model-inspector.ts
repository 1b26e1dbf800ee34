import { Injectable } from '@nestjs/common';
import { Settings } from '../../core/config/settings.js';
import { type Actor, requireOperator } from '../auth/index.js';
import type { AiEventEntity } from './ai-event.entity.js';
import type { AiEventFilter } from './ai-events.repository.js';
import { AiSettingsService } from './ai-settings.service.js';
import { Circuits } from './model/circuits.js';
import { ModelFailure, toModelFailure } from './model/model-failure.js';
import type { ModelTarget } from './model/model.types.js';
import { ModelTargets } from './model/model-targets.js';
import { OpenAiClients } from './model/openai.clients.js';
import { OperatorNews } from './operator-news.js';

const TIMEOUT_MS = 10_000;

/** What a server of models has said when it was asked which it has. */
export interface TargetReport {
  target: ModelTarget;
  /** How many models it has; undefined when it did not say. */
  models?: number;
  /** Whether the bot's is one of them. */
  knowsModel: boolean;
  failure?: ModelFailure;
  durationMs: number;
}

/** Lets operators see how the models of their bots are. */
@Injectable()
export class ModelInspector {
  constructor(
    private readonly bots: AiSettingsService,
    private readonly targets: ModelTargets,
    private readonly clients: OpenAiClients,
    private readonly circuits: Circuits,
    private readonly news: OperatorNews,
    private readonly settings: Settings,
  ) {}

  /**
   * Asks each server that a bot may be answered by which models it has. It costs nothing; where the answer comes, what was held
   * against the key and the model is forgotten.
   *
   * @throws as `AiSettingsService.get`
   */
  async test(actor: Actor, botId: string): Promise<TargetReport[]> {
    const ai = await this.bots.get(actor, botId);
    const reports = await Promise.all(this.targets.allOf(ai).map((target) => this.ask(target)));
    for (const { target, failure } of reports) {
      if (failure) continue;
      const news = (await this.circuits.close(target)).map((each) => ({ target, news: each }));
      await this.news.tell({ botId }, { passedOver: [], news });
    }
    return reports;
  }

  /** News of models for operators, newest first. */
  list(actor: Actor, filter: AiEventFilter): Promise<AiEventEntity[]> {
    requireOperator(actor);
    return this.news.list(filter);
  }

  private async ask(target: ModelTarget): Promise<TargetReport> {
    const startedAt = performance.now();
    const report = (fields: Partial<TargetReport>): TargetReport => ({
      target,
      knowsModel: false,
      durationMs: Math.round(performance.now() - startedAt),
      ...fields,
    });
    if (this.settings.aiMode === 'fake' || this.settings.aiMode === 'replay') {
      return report({ models: 1, knowsModel: true });
    }
    try {
      const { data } = await this.clients.for(target).models.list({ timeout: TIMEOUT_MS });
      return report({ models: data.length, knowsModel: data.some(({ id }) => id === target.model) });
    } catch (error) {
      const failure = toModelFailure(error, target.apiKey) ?? new ModelFailure('network', 'The test was broken off.');
      return report({ failure });
    }
  }
}
