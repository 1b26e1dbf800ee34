import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateAiRuns1795900001000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE ai_runs (
        id text NOT NULL,
        bot_id text NOT NULL,
        chat_id text NOT NULL,
        trigger_id text NOT NULL,
        trigger_seq bigint NOT NULL,
        attempt integer NOT NULL DEFAULT 1,
        user_id text NOT NULL,
        state text NOT NULL DEFAULT 'queued',
        reason text NOT NULL DEFAULT '',
        stop_reason text NOT NULL DEFAULT '',
        stopped_by text NOT NULL DEFAULT '',
        due_at timestamptz NOT NULL DEFAULT now(),
        lease_token text,
        lease_until timestamptz,
        tries integer NOT NULL DEFAULT 0,
        message_id text,
        model text NOT NULL DEFAULT '',
        host text NOT NULL DEFAULT '',
        request_hash text NOT NULL DEFAULT '',
        params_sent jsonb NOT NULL DEFAULT '{}',
        params_dropped text[] NOT NULL DEFAULT '{}',
        context_ids text[] NOT NULL DEFAULT '{}',
        provider_request_id text NOT NULL DEFAULT '',
        requests integer NOT NULL DEFAULT 0,
        prompt_tokens integer NOT NULL DEFAULT 0,
        completion_tokens integer NOT NULL DEFAULT 0,
        cached_tokens integer NOT NULL DEFAULT 0,
        reasoning_tokens integer NOT NULL DEFAULT 0,
        is_usage_estimated boolean NOT NULL DEFAULT false,
        cost_micros bigint,
        currency text NOT NULL DEFAULT '',
        finish_reason text NOT NULL DEFAULT '',
        error_detail text NOT NULL DEFAULT '',
        reserved_tokens integer NOT NULL DEFAULT 0,
        reserved_day date,
        first_delta_ms integer,
        total_ms integer,
        debug jsonb,
        created_at timestamptz NOT NULL DEFAULT now(),
        started_at timestamptz,
        finished_at timestamptz,
        CONSTRAINT ai_runs_bot_id_trigger_id_attempt_key UNIQUE (bot_id, trigger_id, attempt),
        CONSTRAINT ai_runs_pkey PRIMARY KEY (id)
      )
    `);
    await runner.query(
      `CREATE UNIQUE INDEX ai_runs_active_bot_id_chat_id_idx ON ai_runs (bot_id, chat_id) WHERE state IN ('building', 'requesting', 'streaming')`,
    );
    await runner.query(
      `CREATE INDEX ai_runs_waiting_bot_id_chat_id_idx ON ai_runs (bot_id, chat_id, trigger_seq) WHERE state = 'queued'`,
    );
    await runner.query(`CREATE INDEX ai_runs_lease_until_idx ON ai_runs (lease_until) WHERE lease_until IS NOT NULL`);
    await runner.query(`CREATE INDEX ai_runs_chat_id_created_at_idx ON ai_runs (chat_id, created_at)`);
    await runner.query(`CREATE INDEX ai_runs_user_id_created_at_idx ON ai_runs (user_id, created_at)`);
    await runner.query(`CREATE INDEX ai_runs_created_at_idx ON ai_runs (created_at)`);
    await runner.query(
      `ALTER TABLE ai_runs ADD CONSTRAINT ai_runs_bot_id_fkey FOREIGN KEY (bot_id) REFERENCES bots(id) ON DELETE CASCADE`,
    );
    await runner.query(
      `ALTER TABLE ai_runs ADD CONSTRAINT ai_runs_chat_id_fkey FOREIGN KEY (chat_id) REFERENCES chats(id) ON DELETE CASCADE`,
    );
    await runner.query(`
      CREATE TABLE ai_budgets (
        bot_id text NOT NULL,
        day date NOT NULL,
        used bigint NOT NULL DEFAULT 0,
        reserved bigint NOT NULL DEFAULT 0,
        CONSTRAINT ai_budgets_pkey PRIMARY KEY (bot_id, day)
      )
    `);
    await runner.query(
      `ALTER TABLE ai_budgets ADD CONSTRAINT ai_budgets_bot_id_fkey FOREIGN KEY (bot_id) REFERENCES bots(id) ON DELETE CASCADE`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE ai_budgets`);
    await runner.query(`DROP TABLE ai_runs`);
  }
}
