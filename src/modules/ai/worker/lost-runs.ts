import { Injectable, Logger } from '@nestjs/common';
import { DraftsService } from '../../messages/index.js';
import type { AiRunEntity } from '../ai-run.entity.js';
import { AiRunsService } from '../ai-runs.service.js';
import { Accounts } from './accounts.js';
import { brokenOff, decideOrdered } from './decision.js';
import type { Outcome } from './outcome.js';
import { RunEnding } from './run-ending.js';
import { RunLeases } from './run-lease.js';

/** Takes care of runs whose worker is gone: nobody is left without an answer, and nobody gets two. */
@Injectable()
export class LostRuns {
  private readonly logger = new Logger(LostRuns.name);

  constructor(
    private readonly leases: RunLeases,
    private readonly service: AiRunsService,
    private readonly drafts: DraftsService,
    private readonly accounts: Accounts,
    private readonly ending: RunEnding,
  ) {}

  async takeOver(id: string): Promise<void> {
    const run = await this.leases.takeOver(id);
    if (!run) return;
    const token = run.leaseToken!;
    const text = ((await this.drafts.keptText(id)) ?? '').trim();
    this.logger.warn(`The worker of run ${id} is gone; ${text ? 'what it has said stays' : 'it is begun anew'}`);
    const outcome = await this.outcomeOf(run, text);
    if (outcome === undefined) await this.ending.putBack(run, token, 0, true);
    else await this.ending.write(run, token, outcome);
    this.service.ring(run);
  }

  /** What it would have come to, had its worker lived. @returns undefined when it is to be begun anew */
  private async outcomeOf(run: AiRunEntity, text: string): Promise<Outcome | undefined> {
    const facts = text ? await this.accounts.estimate(run, text) : {};
    if (run.stopReason) return decideOrdered(run.stopReason, text, facts);
    return text ? brokenOff('worker_lost', text, facts) : undefined;
  }
}
