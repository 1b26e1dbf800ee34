import type { MigrationInterface, QueryRunner } from 'typeorm';

export class MakeRetriesDue1796010000101 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE endpoint_health ADD retries_due_after text`);
    await runner.query(`ALTER TABLE lanes DROP COLUMN rung_at`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE lanes ADD rung_at timestamptz`);
    await runner.query(`ALTER TABLE endpoint_health DROP COLUMN retries_due_after`);
  }
}
