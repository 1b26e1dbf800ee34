import { Injectable } from '@nestjs/common';
import { Database } from '../../../core/database/database.js';
import type { AiToolCallEntity } from '../tools/tool-call.entity.js';
import { ToolCallsRepository } from '../tools/tool-calls.repository.js';
import type { Outcome } from './outcome.js';
import type { RunLease } from './run-lease.js';
import { RunLostError, RunRecord, spentOf } from './run-record.js';

/** Writes down how far an answer has come that takes another request: so that nothing of it is paid, or done, twice. */
@Injectable()
export class RunProgress {
  constructor(
    private readonly record: RunRecord,
    private readonly toolCalls: ToolCallsRepository,
    private readonly database: Database,
  ) {}

  /**
   * In one transaction, which another worker's lease turns away; then, or when somebody wants the run to stop, so does the lease.
   *
   * @param facts of all requests so far
   * @param calls what the model has asked of tools just now
   */
  async keep(lease: RunLease, facts: Outcome['facts'], calls: readonly AiToolCallEntity[]): Promise<void> {
    const { run, token } = lease;
    try {
      const { stopReason, stoppedBy } = await this.database.transaction(async () => {
        const order = await this.record.hold(run.id, token);
        await this.record.bank(run, facts);
        if (calls.length > 0 && !order.stopReason) await this.toolCalls.insert(calls);
        return order;
      });
      Object.assign(run, spentOf(facts));
      if (stopReason) lease.stop({ kind: 'ordered', reason: stopReason, by: stoppedBy });
    } catch (error) {
      if (!(error instanceof RunLostError)) throw error;
      lease.stop({ kind: 'lost' });
    }
  }
}
