import { Injectable } from '@nestjs/common';
import { AiModuleSettings } from '../ai.settings.js';
import { AiBudgetsRepository } from '../generation/budgets/ai-budgets.repository.js';
import { AiEventsRepository } from '../providers/alerts/ai-events.repository.js';
import { AiRunsRepository } from '../runs/ai-runs.repository.js';
import { UnsupportedParametersRepository } from '../providers/unsupported-parameters.repository.js';

const DEBUG_DAYS = 7;

/** Deletes expired runs, debug data, budgets, events and unsupported parameters. */
@Injectable()
export class AiCleaner {
  constructor(
    private readonly runs: AiRunsRepository,
    private readonly budgets: AiBudgetsRepository,
    private readonly events: AiEventsRepository,
    private readonly unsupportedParameters: UnsupportedParametersRepository,
    private readonly settings: AiModuleSettings,
  ) {}

  async clean(): Promise<void> {
    const { AI_RUN_DAYS } = this.settings;
    await this.runs.deleteExpired(AI_RUN_DAYS, DEBUG_DAYS);
    await this.budgets.deleteExpired();
    await this.events.deleteExpired(AI_RUN_DAYS);
    await this.unsupportedParameters.deleteExpired();
  }
}
