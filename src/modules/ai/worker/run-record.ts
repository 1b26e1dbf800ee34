import { Injectable } from '@nestjs/common';
import { AiBudgetsRepository } from '../ai-budgets.repository.js';
import type { AiRunEntity } from '../ai-run.entity.js';
import { AiRunsRepository } from '../ai-runs.repository.js';
import { RunClaimsRepository, type StopOrder } from '../run-claims.repository.js';
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

  /** @returns whether somebody wants it to stop. @throws RunLostError when the run is not the worker's own any more */
  async hold(id: string, token: string): Promise<StopOrder> {
    const order = await this.claims.hold(id, token);
    if (!order) throw new RunLostError();
    return order;
  }

  /** What a request has used, when it was not the last: the run holds it from then on, and its tokens are counted. */
  async bank(run: AiRunEntity, facts: Outcome['facts']): Promise<void> {
    const spent = spentOf(facts);
    await this.budgets.settle(run.id, this.newTokens(run, spent));
    await this.runs.update(run.id, spent);
  }

  async exists(id: string): Promise<boolean> {
    return (await this.runs.find(id)) !== null;
  }

  async close(run: AiRunEntity, { state, reason, facts }: Outcome, messageId: string | null): Promise<void> {
    await this.budgets.settle(run.id, this.newTokens(run, facts));
    const over = { leaseToken: null, leaseUntil: null, finishedAt: new Date() };
    await this.runs.update(run.id, { ...facts, ...over, state, reason, messageId });
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

  /** Those that are not counted yet. */
  private newTokens(run: AiRunEntity, facts: Outcome['facts']): number {
    const { promptTokens = run.promptTokens, completionTokens = run.completionTokens } = facts;
    return promptTokens + completionTokens - run.promptTokens - run.completionTokens;
  }
}

/** What of the facts adds up over the requests of a run. */
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
