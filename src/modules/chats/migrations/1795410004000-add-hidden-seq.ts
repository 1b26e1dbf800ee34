import type { MigrationInterface, QueryRunner } from 'typeorm';

export class AddHiddenSeq1795410004000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE members ADD COLUMN hidden_seq bigint NOT NULL DEFAULT 0`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE members DROP COLUMN hidden_seq`);
  }
}
