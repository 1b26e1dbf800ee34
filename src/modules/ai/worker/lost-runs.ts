import { Injectable, Logger } from '@nestjs/common';
import { DraftsService } from '../../messages/index.js';
import { AiRunsService } from '../ai-runs.service.js';
import { Accounts } from './accounts.js';
import { cancelled } from './outcome.js';
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
    if (text) {
      const facts = await this.accounts.estimate(run, text);
      const answer = { text, state: 'interrupted' as const };
      await this.ending.write(run, token, { state: 'interrupted', reason: 'worker_lost', answer, facts });
    } else if (run.stopReason) await this.ending.write(run, token, cancelled(run.stopReason));
    else await this.ending.putBack(run, token, 0, true);
    this.service.ring(run);
  }
}
