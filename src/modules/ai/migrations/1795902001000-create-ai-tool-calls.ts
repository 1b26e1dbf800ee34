import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateAiToolCalls1795902001000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE ai_tool_calls (
        id text NOT NULL,
        run_id text NOT NULL,
        round integer NOT NULL,
        position integer NOT NULL,
        call_id text NOT NULL,
        tool text NOT NULL,
        arguments text NOT NULL,
        said text NOT NULL DEFAULT '',
        outcome text,
        http_status integer,
        result text,
        size_bytes integer NOT NULL DEFAULT 0,
        duration_ms integer,
        created_at timestamptz(3) NOT NULL,
        CONSTRAINT ai_tool_calls_run_id_round_position_key UNIQUE (run_id, round, position),
        CONSTRAINT ai_tool_calls_pkey PRIMARY KEY (id)
      )
    `);
    await runner.query(
      `ALTER TABLE ai_tool_calls ADD CONSTRAINT ai_tool_calls_run_id_fkey FOREIGN KEY (run_id) REFERENCES ai_runs(id) ON DELETE CASCADE`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE ai_tool_calls`);
  }
}
