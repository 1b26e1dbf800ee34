import type { MigrationInterface, QueryRunner } from 'typeorm';

/** An answer for which there was not enough room may go on. */
export class ContinueAnswers1795901012000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE ai_runs ADD COLUMN is_continued boolean NOT NULL DEFAULT false`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE ai_runs DROP COLUMN is_continued`);
  }
}
