import type { MigrationInterface, QueryRunner } from 'typeorm';

export class AddPreviousSecret1795800003000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `ALTER TABLE bot_endpoints ADD previous_secret_sealed bytea, ADD previous_secret_until timestamptz`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      `ALTER TABLE bot_endpoints DROP COLUMN previous_secret_until, DROP COLUMN previous_secret_sealed`,
    );
  }
}
