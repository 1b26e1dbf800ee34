import { Injectable } from '@nestjs/common';
import { AiBudgetsRepository } from '../ai-budgets.repository.js';
import type { AiRunEntity } from '../ai-run.entity.js';
import { AiRunsRepository } from '../ai-runs.repository.js';
import { RunClaimsRepository } from '../run-claims.repository.js';
import { AiMetrics } from '../ai-metrics.js';
import type { Outcome } from './outcome.js';

/** Another worker has the run: nothing was written. */
export class RunLostError extends Error {}

/** What is written down of a run, and of its tokens. All of it in a transaction that the caller has opened. */
@Injectable()
export class RunRecord {
  constructor(
    private readonly runs: AiRunsRepository,
    private readonly claims: RunClaimsRepository,
    private readonly budgets: AiBudgetsRepository,
    private readonly metrics: AiMetrics,
  ) {}

  /** @throws RunLostError when the run is not the worker's own any more */
  async hold(id: string, token: string): Promise<void> {
    if (!(await this.claims.hold(id, token))) throw new RunLostError();
  }

  async exists(id: string): Promise<boolean> {
    return (await this.runs.find(id)) !== null;
  }

  async close({ id }: AiRunEntity, { state, reason, facts }: Outcome, messageId: string | null): Promise<void> {
    const { promptTokens = 0, completionTokens = 0 } = facts;
    await this.budgets.settle(id, promptTokens + completionTokens);
    const over = { leaseToken: null, leaseUntil: null, finishedAt: new Date() };
    await this.runs.update(id, { ...facts, ...over, state, reason, messageId });
  }

  /** @returns false when somebody wants it to stop, or another worker has it */
  async requeue(id: string, token: string, delayMs: number): Promise<boolean> {
    if (!(await this.claims.requeue(id, token, delayMs))) return false;
    await this.budgets.settle(id, 0);
    return true;
  }

  count({ state, reason, facts }: Outcome): void {
    this.metrics.observe({ ...facts, state, reason });
  }
}
