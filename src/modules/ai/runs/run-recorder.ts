import { Injectable } from '@nestjs/common';
import { AiBudgetsRepository } from './usage/ai-budgets.repository.js';
import type { AiRunEntity } from './ai-run.entity.js';
import { AiRunsRepository } from './ai-runs.repository.js';
import { RunClaimsRepository, type StopRequest } from './run-claims.repository.js';
import { AiMetrics } from '../ai-metrics.js';
import type { Outcome } from './outcome.js';

/** Another worker owns the run; nothing was written. */
export class RunLostError extends Error {}

/** Writes the state and the token usage of runs, within the transaction of the caller. */
@Injectable()
export class RunRecorder {
  constructor(
    private readonly runs: AiRunsRepository,
    private readonly claims: RunClaimsRepository,
    private readonly budgets: AiBudgetsRepository,
    private readonly metrics: AiMetrics,
  ) {}

  /** Locks the run. @returns the stop request, if any. @throws RunLostError if another worker owns the run */
  async lock(id: string, token: string): Promise<StopRequest> {
    const request = await this.claims.lock(id, token);
    if (!request) throw new RunLostError();
    return request;
  }

  /** Records the usage of a request that is not the last one, and settles its reservation. */
  async saveUsage(run: AiRunEntity, runFields: Outcome['runFields']): Promise<void> {
    const usage = usageOf(runFields);
    await this.budgets.settle(run.id, this.newTokens(run, usage));
    await this.runs.update(run.id, usage);
  }

  async exists(id: string): Promise<boolean> {
    return (await this.runs.find(id)) !== null;
  }

  async close(run: AiRunEntity, { state, reason, runFields }: Outcome, messageId: string | null): Promise<void> {
    await this.budgets.settle(run.id, this.newTokens(run, runFields));
    const finished = { leaseToken: null, leaseUntil: null, finishedAt: new Date() };
    await this.runs.update(run.id, { ...runFields, ...finished, state, reason, messageId });
  }

  /** @returns false if the run was requested to stop or another worker owns it */
  async requeue(id: string, token: string, delayMs: number): Promise<boolean> {
    if (!(await this.claims.requeue(id, token, delayMs))) return false;
    await this.budgets.settle(id, 0);
    return true;
  }

  observe({ state, reason, runFields }: Outcome): void {
    this.metrics.observeRun({ ...runFields, state, reason });
  }

  /** Tokens that are not counted yet. */
  private newTokens(run: AiRunEntity, runFields: Outcome['runFields']): number {
    const { promptTokens = run.promptTokens, completionTokens = run.completionTokens } = runFields;
    return promptTokens + completionTokens - run.promptTokens - run.completionTokens;
  }
}

/** The fields that accumulate over the requests of a run. */
export const usageOf = (runFields: Outcome['runFields']): Outcome['runFields'] => ({
  requests: runFields.requests,
  promptTokens: runFields.promptTokens,
  completionTokens: runFields.completionTokens,
  cachedTokens: runFields.cachedTokens,
  reasoningTokens: runFields.reasoningTokens,
  isUsageEstimated: runFields.isUsageEstimated,
  costMicros: runFields.costMicros,
  currency: runFields.currency,
});
