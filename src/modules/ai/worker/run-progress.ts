import { Injectable } from '@nestjs/common';
import { Database } from '../../../core/database/database.js';
import type { AiToolCallEntity } from '../tools/tool-call.entity.js';
import { ToolCallsRepository } from '../tools/tool-calls.repository.js';
import type { Outcome } from './outcome.js';
import type { RunLease } from './run-lease.js';
import { RunLostError, RunRecord, spentOf } from './run-record.js';

/** Saves the progress of a run between two model requests, so that no request or tool call is repeated after a crash. */
@Injectable()
export class RunProgress {
  constructor(
    private readonly recorder: RunRecord,
    private readonly toolCalls: ToolCallsRepository,
    private readonly database: Database,
  ) {}

  /**
   * One transaction, fenced by the lease. Stops the lease if it was lost or the run was requested to stop.
   *
   * @param facts of all requests so far
   * @param calls new tool calls of the model
   */
  async keep(lease: RunLease, facts: Outcome['facts'], calls: readonly AiToolCallEntity[]): Promise<void> {
    const { run, token } = lease;
    try {
      const { stopReason, stoppedBy } = await this.database.transaction(async () => {
        const request = await this.recorder.hold(run.id, token);
        await this.recorder.bank(run, facts);
        if (calls.length > 0 && !request.stopReason) await this.toolCalls.insert(calls);
        return request;
      });
      Object.assign(run, spentOf(facts));
      if (stopReason) lease.stop({ kind: 'requested', reason: stopReason, by: stoppedBy });
    } catch (error) {
      if (!(error instanceof RunLostError)) throw error;
      lease.stop({ kind: 'lost' });
    }
  }
}
