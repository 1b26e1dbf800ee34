import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Names tables and columns after what they hold: parameters that a model does not support, the calibration of token counts, the text
 * before a tool call, and the key by which runs are ordered.
 */
export class RenameAiTables1796120000101 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE ai_refusals RENAME TO ai_unsupported_parameters`);
    await runner.query(
      `ALTER TABLE ai_unsupported_parameters RENAME CONSTRAINT ai_refusals_pkey TO ai_unsupported_parameters_pkey`,
    );
    await runner.query(`ALTER TABLE ai_token_factors RENAME TO ai_token_count_calibrations`);
    await runner.query(
      `ALTER TABLE ai_token_count_calibrations RENAME CONSTRAINT ai_token_factors_pkey TO ai_token_count_calibrations_pkey`,
    );
    await runner.query(`ALTER TABLE ai_tool_calls RENAME COLUMN said TO preceding_text`);
    await runner.query(`ALTER TABLE ai_runs RENAME COLUMN line TO ordering_key`);
    await runner.query(
      `ALTER INDEX ai_runs_active_bot_id_chat_id_line_idx RENAME TO ai_runs_active_bot_id_chat_id_ordering_key_idx`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      `ALTER INDEX ai_runs_active_bot_id_chat_id_ordering_key_idx RENAME TO ai_runs_active_bot_id_chat_id_line_idx`,
    );
    await runner.query(`ALTER TABLE ai_runs RENAME COLUMN ordering_key TO line`);
    await runner.query(`ALTER TABLE ai_tool_calls RENAME COLUMN preceding_text TO said`);
    await runner.query(
      `ALTER TABLE ai_token_count_calibrations RENAME CONSTRAINT ai_token_count_calibrations_pkey TO ai_token_factors_pkey`,
    );
    await runner.query(`ALTER TABLE ai_token_count_calibrations RENAME TO ai_token_factors`);
    await runner.query(
      `ALTER TABLE ai_unsupported_parameters RENAME CONSTRAINT ai_unsupported_parameters_pkey TO ai_refusals_pkey`,
    );
    await runner.query(`ALTER TABLE ai_unsupported_parameters RENAME TO ai_refusals`);
  }
}
