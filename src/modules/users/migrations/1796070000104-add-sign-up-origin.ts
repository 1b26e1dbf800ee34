import type { MigrationInterface, QueryRunner } from 'typeorm';

export class AddSignUpOrigin1796070000104 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE users ADD COLUMN sign_up_origin text NOT NULL DEFAULT ''`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE users DROP COLUMN sign_up_origin`);
  }
}
