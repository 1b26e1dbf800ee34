import { Injectable, Logger } from '@nestjs/common';
import { DraftsService } from '../../messages/index.js';
import type { AiRunEntity } from '../ai-run.entity.js';
import { AiRunsService } from '../ai-runs.service.js';
import { Accounts } from './accounts.js';
import { brokenOff, decideOrdered } from './decision.js';
import type { Outcome } from './outcome.js';
import { RunEnding } from './run-ending.js';
import { RunLeases } from './run-lease.js';

/** Recovers runs whose worker died, so that each message gets exactly one reply. */
@Injectable()
export class LostRuns {
  private readonly logger = new Logger(LostRuns.name);

  constructor(
    private readonly leases: RunLeases,
    private readonly service: AiRunsService,
    private readonly drafts: DraftsService,
    private readonly usage: Accounts,
    private readonly finalizer: RunEnding,
  ) {}

  async takeOver(id: string): Promise<void> {
    const run = await this.leases.takeOver(id);
    if (!run) return;
    const token = run.leaseToken!;
    const text = ((await this.drafts.keptText(id)) ?? '').trim();
    this.logger.warn(`Run ${id} lost its worker; ${text ? 'keeping the partial reply' : 'queueing it again'}`);
    const outcome = await this.outcomeOf(run, text);
    if (outcome === undefined) await this.finalizer.putBack(run, token, 0, true);
    else await this.finalizer.write(run, token, outcome);
    this.service.ring(run);
  }

  /** @returns undefined if the run has to start again */
  private async outcomeOf(run: AiRunEntity, text: string): Promise<Outcome | undefined> {
    const facts = text ? await this.usage.estimate(run, text) : {};
    if (run.stopReason) return decideOrdered(run.stopReason, text, facts);
    return text ? brokenOff('worker_lost', text, facts) : undefined;
  }
}
