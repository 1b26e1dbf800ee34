import { Injectable } from '@nestjs/common';
import { Database } from '../../../core/database/database.js';
import type { AiToolCallEntity } from '../generation/tools/tool-call.entity.js';
import { ToolCallsRepository } from '../generation/tools/tool-calls.repository.js';
import type { RunLease } from './run-lease.js';
import { AiBudgetsRepository } from '../generation/budgets/ai-budgets.repository.js';
import type { AiRunEntity } from './ai-run.entity.js';
import { AiRunsRepository } from './ai-runs.repository.js';
import { RunClaimsRepository, type StopRequest } from './run-claims.repository.js';
import { AiMetrics } from '../ai-metrics.js';
import type { Outcome } from './outcome.js';

/** Another worker owns the run; nothing was written. */
export class RunLostError extends Error {}

/** Writes the state, the token usage and the tool calls of runs. */
@Injectable()
export class RunRecorder {
  constructor(
    private readonly runs: AiRunsRepository,
    private readonly claims: RunClaimsRepository,
    private readonly budgets: AiBudgetsRepository,
    private readonly toolCalls: ToolCallsRepository,
    private readonly metrics: AiMetrics,
    private readonly database: Database,
  ) {}

  /** Locks the run. @returns the stop request, if any. @throws RunLostError if another worker owns the run */
  async lock(id: string, token: string): Promise<StopRequest> {
    const request = await this.claims.lock(id, token);
    if (!request) throw new RunLostError();
    return request;
  }

  /**
   * Saves the progress of a run between two model requests, so that no request or tool call is repeated after
   * a crash. One transaction, fenced by the lease. Stops the lease if it was lost or the run was requested to stop.
   *
   * @param runFields of all requests so far
   * @param calls new tool calls of the model
   */
  async saveProgress(
    lease: RunLease,
    runFields: Outcome['runFields'],
    calls: readonly AiToolCallEntity[],
  ): Promise<void> {
    const { run, token } = lease;
    const usage = usageOf(runFields);
    try {
      const { stopReason, stoppedBy } = await this.database.transaction(async () => {
        const request = await this.lock(run.id, token);
        await this.budgets.settle(run.id, this.newTokens(run, usage));
        await this.runs.update(run.id, usage);
        if (calls.length > 0 && !request.stopReason) await this.toolCalls.insert(calls);
        return request;
      });
      Object.assign(run, usage);
      if (stopReason) lease.stop({ kind: 'requested', reason: stopReason, by: stoppedBy });
    } catch (error) {
      if (!(error instanceof RunLostError)) throw error;
      lease.stop({ kind: 'lost' });
    }
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
const usageOf = (runFields: Outcome['runFields']): Outcome['runFields'] => ({
  requests: runFields.requests,
  promptTokens: runFields.promptTokens,
  completionTokens: runFields.completionTokens,
  cachedTokens: runFields.cachedTokens,
  reasoningTokens: runFields.reasoningTokens,
  isUsageEstimated: runFields.isUsageEstimated,
  costMicros: runFields.costMicros,
  currency: runFields.currency,
});
