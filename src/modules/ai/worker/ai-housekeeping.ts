import { Injectable } from '@nestjs/common';
import { Settings } from '../../../core/config/settings.js';
import { AiBudgetsRepository } from '../ai-budgets.repository.js';
import { AiEventsRepository } from '../ai-events.repository.js';
import { AiRunsRepository } from '../ai-runs.repository.js';
import { RefusalsRepository } from '../model/refusals.repository.js';

const DEBUG_DAYS = 7;

/** Deletes expired runs, debug data, budgets, events and unsupported parameters. */
@Injectable()
export class AiHousekeeping {
  constructor(
    private readonly runs: AiRunsRepository,
    private readonly budgets: AiBudgetsRepository,
    private readonly events: AiEventsRepository,
    private readonly refusals: RefusalsRepository,
    private readonly settings: Settings,
  ) {}

  async clean(): Promise<void> {
    const { AI_RUN_DAYS } = this.settings;
    await this.runs.forget(AI_RUN_DAYS, DEBUG_DAYS);
    await this.budgets.forget();
    await this.events.forget(AI_RUN_DAYS);
    await this.refusals.forget();
  }
}
