import { Injectable } from '@nestjs/common';
import { AiBudgetsRepository } from '../ai-budgets.repository.js';
import type { AiRunEntity } from '../ai-run.entity.js';
import { AiRunsRepository } from '../ai-runs.repository.js';
import { RunClaimsRepository, type StopOrder } from '../run-claims.repository.js';
import { AiMetrics } from '../ai-metrics.js';
import type { Outcome } from './outcome.js';

/** Another worker owns the run; nothing was written. */
export class RunLostError extends Error {}

/** Writes the state and the token usage of runs, within the transaction of the caller. */
@Injectable()
export class RunRecord {
  constructor(
    private readonly runs: AiRunsRepository,
    private readonly claims: RunClaimsRepository,
    private readonly budgets: AiBudgetsRepository,
    private readonly metrics: AiMetrics,
  ) {}

  /** Locks the run. @returns the stop request, if any. @throws RunLostError if another worker owns the run */
  async hold(id: string, token: string): Promise<StopOrder> {
    const request = await this.claims.hold(id, token);
    if (!request) throw new RunLostError();
    return request;
  }

  /** Records the usage of a request that is not the last one, and settles its reservation. */
  async bank(run: AiRunEntity, facts: Outcome['facts']): Promise<void> {
    const usage = spentOf(facts);
    await this.budgets.settle(run.id, this.newTokens(run, usage));
    await this.runs.update(run.id, usage);
  }

  async exists(id: string): Promise<boolean> {
    return (await this.runs.find(id)) !== null;
  }

  async close(run: AiRunEntity, { state, reason, facts }: Outcome, messageId: string | null): Promise<void> {
    await this.budgets.settle(run.id, this.newTokens(run, facts));
    const finished = { leaseToken: null, leaseUntil: null, finishedAt: new Date() };
    await this.runs.update(run.id, { ...facts, ...finished, state, reason, messageId });
  }

  /** @returns false if the run was requested to stop or another worker owns it */
  async requeue(id: string, token: string, delayMs: number): Promise<boolean> {
    if (!(await this.claims.requeue(id, token, delayMs))) return false;
    await this.budgets.settle(id, 0);
    return true;
  }

  count({ state, reason, facts }: Outcome): void {
    this.metrics.observe({ ...facts, state, reason });
  }

  /** Tokens that are not counted yet. */
  private newTokens(run: AiRunEntity, facts: Outcome['facts']): number {
    const { promptTokens = run.promptTokens, completionTokens = run.completionTokens } = facts;
    return promptTokens + completionTokens - run.promptTokens - run.completionTokens;
  }
}

/** The fields that accumulate over the requests of a run. */
export const spentOf = (facts: Outcome['facts']): Outcome['facts'] => ({
  requests: facts.requests,
  promptTokens: facts.promptTokens,
  completionTokens: facts.completionTokens,
  cachedTokens: facts.cachedTokens,
  reasoningTokens: facts.reasoningTokens,
  isUsageEstimated: facts.isUsageEstimated,
  costMicros: facts.costMicros,
  currency: facts.currency,
});
