import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Sessions of users with generation 0 are those that were opened before; they stay good. Users whose sessions were revoked get
 * another generation, since the tokens of before do not say whether they are older than that.
 */
export class AddSessionGeneration1796070000102 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE users ADD COLUMN session_generation bigint NOT NULL DEFAULT 0`);
    await runner.query(`UPDATE users SET session_generation = 1 WHERE id IN (SELECT user_id FROM session_cutoffs)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE users DROP COLUMN session_generation`);
  }
}
