import { Injectable } from '@nestjs/common';
import { Database } from '../../../core/database/database.js';
import type { AiToolCallEntity } from '../generation/tools/tool-call.entity.js';
import { ToolCallsRepository } from '../generation/tools/tool-calls.repository.js';
import type { Outcome } from './outcome.js';
import type { RunLease } from './run-lease.js';
import { RunLostError, RunRecorder, usageOf } from './run-recorder.js';

/** Saves the progress of a run between two model requests, so that no request or tool call is repeated after a crash. */
@Injectable()
export class RunProgress {
  constructor(
    private readonly recorder: RunRecorder,
    private readonly toolCalls: ToolCallsRepository,
    private readonly database: Database,
  ) {}

  /**
   * One transaction, fenced by the lease. Stops the lease if it was lost or the run was requested to stop.
   *
   * @param runFields of all requests so far
   * @param calls new tool calls of the model
   */
  async save(lease: RunLease, runFields: Outcome['runFields'], calls: readonly AiToolCallEntity[]): Promise<void> {
    const { run, token } = lease;
    try {
      const { stopReason, stoppedBy } = await this.database.transaction(async () => {
        const request = await this.recorder.lock(run.id, token);
        await this.recorder.saveUsage(run, runFields);
        if (calls.length > 0 && !request.stopReason) await this.toolCalls.insert(calls);
        return request;
      });
      Object.assign(run, usageOf(runFields));
      if (stopReason) lease.stop({ kind: 'requested', reason: stopReason, by: stoppedBy });
    } catch (error) {
      if (!(error instanceof RunLostError)) throw error;
      lease.stop({ kind: 'lost' });
    }
  }
}
