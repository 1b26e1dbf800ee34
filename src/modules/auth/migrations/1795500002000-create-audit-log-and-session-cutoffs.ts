import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateAuditLogAndSessionCutoffs1795500002000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE audit_log (
        id text NOT NULL,
        at timestamptz(3) NOT NULL,
        actor_id text NOT NULL,
        action text NOT NULL,
        subject_id text NOT NULL DEFAULT '',
        details jsonb NOT NULL DEFAULT '{}',
        request_id text NOT NULL DEFAULT '',
        CONSTRAINT audit_log_pkey PRIMARY KEY (id)
      )
    `);
    await runner.query(`
      CREATE TABLE session_cutoffs (
        user_id text NOT NULL,
        cutoff bigint NOT NULL,
        revoked_at timestamptz NOT NULL,
        CONSTRAINT session_cutoffs_pkey PRIMARY KEY (user_id)
      )
    `);
    await runner.query(`CREATE INDEX audit_log_at_id_idx ON audit_log (at, id)`);
    await runner.query(`CREATE INDEX session_cutoffs_revoked_at_idx ON session_cutoffs (revoked_at)`);
    await runner.query(
      `ALTER TABLE session_cutoffs ADD CONSTRAINT session_cutoffs_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE`,
    );
    await runner.query(`ALTER TABLE bot_tokens ADD COLUMN suspended_at timestamptz(3)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE bot_tokens DROP COLUMN suspended_at`);
    await runner.query(`DROP TABLE session_cutoffs`);
    await runner.query(`DROP TABLE audit_log`);
  }
}
