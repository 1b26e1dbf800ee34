import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Operators page through runs by their ids, and a chat is asked for its last one: neither walks through what it does not tell. */
export class IndexAiRunsById1795901004000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `CREATE INDEX ai_runs_chat_id_trigger_seq_attempt_idx ON ai_runs (chat_id, trigger_seq, attempt)`,
    );
    for (const column of ['chat_id', 'bot_id', 'state']) {
      await runner.query(`CREATE INDEX ai_runs_${column}_id_idx ON ai_runs (${column}, id)`);
    }
    await runner.query(`DROP INDEX ai_runs_chat_id_created_at_idx`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE INDEX ai_runs_chat_id_created_at_idx ON ai_runs (chat_id, created_at)`);
    for (const index of ['state_id', 'bot_id_id', 'chat_id_id', 'chat_id_trigger_seq_attempt']) {
      await runner.query(`DROP INDEX ai_runs_${index}_idx`);
    }
  }
}
