import { Injectable } from '@nestjs/common';
import { Database, statement } from '../../../core/database/database.js';
import { DeleteWith } from '../../../core/deletion/deletion-step.decorator.js';
import type { DeletionTask } from '../../../core/deletion/deletion-tasks.js';
import { toUserDeletion } from '../../../core/deletion/user-deletion.js';

const RUNS = statement(
  'run_erasures.runs',
  `UPDATE ai_runs SET user_id = $2, stopped_by = CASE WHEN stopped_by = $1 THEN $2 ELSE stopped_by END, debug = NULL,
                      error_detail = ''
   WHERE id = ANY(ARRAY(SELECT id FROM ai_runs WHERE user_id = $1 AND created_at <= $3 LIMIT $4)) RETURNING id`,
);
const TOOL_CALLS = statement(
  'run_erasures.tool_calls',
  `UPDATE ai_tool_calls SET arguments = '', preceding_text = '', result = NULL WHERE run_id = ANY($1)`,
);

/** Removes erased users from runs. Their texts are erased with their messages. */
@Injectable()
export class RunEraser {
  constructor(private readonly database: Database) {}

  @DeleteWith('erasure')
  async erase(tasks: readonly DeletionTask[], limit: number): Promise<number> {
    let count = 0;
    for (const task of tasks) count += await this.eraseRuns(task, limit);
    return count;
  }

  private eraseRuns(task: DeletionTask, limit: number): Promise<number> {
    const { userId, replacementId, until } = toUserDeletion(task);
    return this.database.transaction(async () => {
      const runs = await this.database.query<{ id: string }>(RUNS, [userId, replacementId, until, limit]);
      if (runs.length > 0) await this.database.query(TOOL_CALLS, [runs.map(({ id }) => id)]);
      return runs.length;
    });
  }
}
