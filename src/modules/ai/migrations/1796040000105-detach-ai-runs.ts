import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What refers to a deleted row, as `table, constraint, definition`. */
const REFERENCES = [
  ['ai_runs', 'ai_runs_bot_id_fkey', 'FOREIGN KEY (bot_id) REFERENCES bots(id) ON DELETE CASCADE'],
  ['ai_runs', 'ai_runs_chat_id_fkey', 'FOREIGN KEY (chat_id) REFERENCES chats(id) ON DELETE CASCADE'],
  ['ai_summaries', 'ai_summaries_bot_id_fkey', 'FOREIGN KEY (bot_id) REFERENCES bots(id) ON DELETE CASCADE'],
] as const;

/** Deleting a chat or a bot touches no run; a deletion task removes them in batches. */
export class DetachAiRuns1796040000105 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const [table, name] of REFERENCES) {
      await runner.query(`ALTER TABLE ${table} DROP CONSTRAINT IF EXISTS ${name}`);
    }
  }

  /** Rows that are still to be removed may refer to nothing. */
  async down(runner: QueryRunner): Promise<void> {
    for (const [table, name, definition] of REFERENCES) {
      await runner.query(`ALTER TABLE ${table} ADD CONSTRAINT ${name} ${definition} NOT VALID`);
    }
  }
}
