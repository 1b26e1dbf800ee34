import type { MigrationInterface, QueryRunner } from 'typeorm';

export class AddErasedSeqs1795800001000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE lanes ADD erased_seqs bigint array NOT NULL DEFAULT '{}'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE lanes DROP COLUMN erased_seqs`);
  }
}
