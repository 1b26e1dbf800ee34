import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Replaces the times of revocations: whether a session is good follows from the generation that its user has. */
export class CreateSessionChanges1796070000103 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE session_cutoffs`);
    await runner.query(`
      CREATE TABLE session_changes (
        user_id text NOT NULL,
        changed_at timestamptz NOT NULL,
        CONSTRAINT session_changes_pkey PRIMARY KEY (user_id)
      )
    `);
    await runner.query(`CREATE INDEX session_changes_changed_at_idx ON session_changes (changed_at)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE session_changes`);
    await runner.query(`
      CREATE TABLE session_cutoffs (
        user_id text NOT NULL,
        cutoff bigint NOT NULL,
        revoked_at timestamptz NOT NULL,
        CONSTRAINT session_cutoffs_pkey PRIMARY KEY (user_id)
      )
    `);
    await runner.query(`CREATE INDEX session_cutoffs_revoked_at_idx ON session_cutoffs (revoked_at)`);
    await runner.query(
      `ALTER TABLE session_cutoffs ADD CONSTRAINT session_cutoffs_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE`,
    );
  }
}
