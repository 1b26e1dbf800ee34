import { Injectable, Logger } from '@nestjs/common';
import { DraftsService } from '../../messages/index.js';
import type { AiRunEntity } from './ai-run.entity.js';
import { AiRunsService } from './ai-runs.service.js';
import { UsageRecorder } from './usage/usage-recorder.js';
import { decideRequested, type Outcome, resumableInterruption } from './outcome.js';
import { RunFinalizer } from './run-finalizer.js';
import { RunLeases } from './run-lease.js';

/** Recovers runs whose worker died, so that each message gets exactly one reply. */
@Injectable()
export class OrphanedRuns {
  private readonly logger = new Logger(OrphanedRuns.name);

  constructor(
    private readonly leases: RunLeases,
    private readonly service: AiRunsService,
    private readonly drafts: DraftsService,
    private readonly usage: UsageRecorder,
    private readonly finalizer: RunFinalizer,
  ) {}

  async takeOver(id: string): Promise<void> {
    const run = await this.leases.takeOver(id);
    if (!run) return;
    const token = run.leaseToken!;
    const text = ((await this.drafts.findText(id)) ?? '').trim();
    this.logger.warn(`Run ${id} lost its worker; ${text ? 'keeping the partial reply' : 'queueing it again'}`);
    const outcome = await this.outcomeOf(run, text);
    if (outcome === undefined) await this.finalizer.requeue(run, token, 0, true);
    else await this.finalizer.finish(run, token, outcome);
    this.service.enqueue(run);
  }

  /** @returns undefined if the run has to start again */
  private async outcomeOf(run: AiRunEntity, text: string): Promise<Outcome | undefined> {
    const runFields = text ? await this.usage.estimateOrphaned(run, text) : {};
    if (run.stopReason) return decideRequested(run.stopReason, text, runFields);
    return text ? resumableInterruption('worker_lost', text, runFields) : undefined;
  }
}
