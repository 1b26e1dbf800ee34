import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Tokens that exist keep all that they are allowed: null stands for every scope, and for no end. */
export class LimitApiTokens1796080000102 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE api_tokens
        ADD COLUMN scopes text[],
        ADD COLUMN expires_at timestamptz(3),
        ADD COLUMN last_used_at timestamptz(3)
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE api_tokens DROP COLUMN scopes, DROP COLUMN expires_at, DROP COLUMN last_used_at`);
  }
}
