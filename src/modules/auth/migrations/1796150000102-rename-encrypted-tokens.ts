import type { MigrationInterface, QueryRunner } from 'typeorm';

export class RenameEncryptedTokens1796150000102 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE bot_tokens RENAME COLUMN sealed TO token_encrypted`);
    await runner.query(`ALTER TABLE users RENAME COLUMN access_token_sealed TO access_token_encrypted`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE users RENAME COLUMN access_token_encrypted TO access_token_sealed`);
    await runner.query(`ALTER TABLE bot_tokens RENAME COLUMN token_encrypted TO sealed`);
  }
}
