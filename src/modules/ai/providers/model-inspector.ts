import { Injectable } from '@nestjs/common';
import { AiModuleSettings } from '../ai.settings.js';
import { type Actor, requireService } from '../../auth/index.js';
import type { AiEventEntity } from './alerts/ai-event.entity.js';
import type { AiEventFilter } from './alerts/ai-events.repository.js';
import { AiSettingsService } from '../settings/ai-settings.service.js';
import { CircuitBreakers } from './circuit-breakers.js';
import { ModelFailure, toModelFailure } from './model-failure.js';
import type { ModelTarget } from './model.types.js';
import { ModelTargets } from './model-targets.js';
import { OpenAiClients } from './openai.clients.js';
import { AiAlerts } from './alerts/ai-alerts.js';

const TIMEOUT_MS = 10_000;

/** The result of a connection test: the models that a server lists. */
export interface TargetReport {
  target: ModelTarget;
  /** How many models the server lists; undefined if it did not respond. */
  models?: number;
  /** Whether the model of the bot is listed. */
  knowsModel: boolean;
  failure?: ModelFailure;
  durationMs: number;
}

/** Tests the models of bots, and lists alerts for operators. */
@Injectable()
export class ModelInspector {
  constructor(
    private readonly aiSettings: AiSettingsService,
    private readonly targets: ModelTargets,
    private readonly clients: OpenAiClients,
    private readonly circuits: CircuitBreakers,
    private readonly alerts: AiAlerts,
    private readonly settings: AiModuleSettings,
  ) {}

  /**
   * Lists the models of each server that the bot may use, which costs nothing. A success closes the circuits of key and model.
   *
   * @throws as `AiSettingsService.get`
   */
  async test(actor: Actor, botId: string): Promise<TargetReport[]> {
    const ai = await this.aiSettings.get(actor, botId);
    const reports = await Promise.all(this.targets.allOf(ai).map((target) => this.testTarget(target)));
    for (const { target, failure } of reports) {
      if (failure) continue;
      const events = (await this.circuits.reset(target)).map((event) => ({ target, event }));
      await this.alerts.report({ botId }, { failedTargets: [], circuitEvents: events });
    }
    return reports;
  }

  /** Alerts for operators, newest first. */
  listEvents(actor: Actor, filter: AiEventFilter): Promise<AiEventEntity[]> {
    requireService(actor);
    return this.alerts.list(filter);
  }

  private async testTarget(target: ModelTarget): Promise<TargetReport> {
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
      const failure = toModelFailure(error, target.apiKey) ?? new ModelFailure('network', 'The test was aborted.');
      return report({ failure });
    }
  }
}
