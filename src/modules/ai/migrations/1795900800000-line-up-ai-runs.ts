import type { MigrationInterface, QueryRunner } from 'typeorm';

const OPEN = `('queued', 'building', 'requesting', 'streaming')`;

/** A bot may answer several questions of a chat at once, and so many chats at a time. */
export class LineUpAiRuns1795900800000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE ai_runs ADD line text NOT NULL DEFAULT ''`);
    await runner.query(`ALTER TABLE ai_runs ADD provider text NOT NULL DEFAULT ''`);
    await runner.query(`ALTER TABLE ai_runs ADD slot_wanted_at timestamptz`);
    await runner.query(`
      CREATE UNIQUE INDEX ai_runs_active_bot_id_chat_id_line_idx ON ai_runs (bot_id, chat_id, line)
      WHERE state IN ('building', 'requesting', 'streaming')
    `);
    await runner.query(
      `CREATE INDEX ai_runs_open_bot_id_chat_id_trigger_seq_idx ON ai_runs (bot_id, chat_id, trigger_seq) WHERE state IN ${OPEN}`,
    );
    await runner.query(
      `CREATE INDEX ai_runs_open_provider_idx ON ai_runs (provider) WHERE state IN ${OPEN} AND provider <> ''`,
    );
    await runner.query(`DROP INDEX ai_runs_active_bot_id_chat_id_idx`);
    await runner.query(`DROP INDEX ai_runs_waiting_bot_id_chat_id_idx`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      `CREATE INDEX ai_runs_waiting_bot_id_chat_id_idx ON ai_runs (bot_id, chat_id, trigger_seq) WHERE state = 'queued'`,
    );
    await runner.query(`
      CREATE UNIQUE INDEX ai_runs_active_bot_id_chat_id_idx ON ai_runs (bot_id, chat_id)
      WHERE state IN ('building', 'requesting', 'streaming')
    `);
    await runner.query(`DROP INDEX ai_runs_open_provider_idx`);
    await runner.query(`DROP INDEX ai_runs_open_bot_id_chat_id_trigger_seq_idx`);
    await runner.query(`DROP INDEX ai_runs_active_bot_id_chat_id_line_idx`);
    await runner.query(`ALTER TABLE ai_runs DROP slot_wanted_at, DROP provider, DROP line`);
  }
}
