import { Injectable } from '@nestjs/common';
import { Database, statement } from '../../core/database/database.js';
import { DeleteWith } from '../../core/deletion/deletion-step.decorator.js';
import { type DeletionTask, DeletionTasks } from '../../core/deletion/deletion-tasks.js';
import { toUserDeletion, scanTable } from '../../core/deletion/user-deletion.js';

const PAGE = 100;

const CAMPAIGNS = statement(
  'survey_erasures.campaigns',
  'SELECT campaign_id AS id FROM surveys WHERE campaign_id > $1 ORDER BY campaign_id LIMIT $2',
);
const DELETE_ANSWERS = statement(
  'survey_erasures.delete_answers',
  'DELETE FROM survey_answers WHERE campaign_id = ANY($1) AND user_id = $2 AND answered_at <= $3',
);

/** Deletes the answers of erased persons. Anonymous answers have no known author and stay. */
@Injectable()
export class SurveyEraser {
  constructor(
    private readonly tasks: DeletionTasks,
    private readonly database: Database,
  ) {}

  @DeleteWith('erasure')
  async erase(tasks: readonly DeletionTask[]): Promise<number> {
    let count = 0;
    for (const task of tasks) count += await this.erasePage(task);
    return count;
  }

  private erasePage(task: DeletionTask): Promise<number> {
    const { userId, until } = toUserDeletion(task);
    return scanTable(this.database, this.tasks, task, 'surveys', async (after) => {
      const surveys = await this.database.query<{ id: string }>(CAMPAIGNS, [after, PAGE]);
      const ids = surveys.map(({ id }) => id);
      if (ids.length > 0) await this.database.query(DELETE_ANSWERS, [ids, userId, until]);
      return ids.length < PAGE ? null : ids[ids.length - 1];
    });
  }
}
