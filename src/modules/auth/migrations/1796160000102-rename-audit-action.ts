import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The action of an issued bot access token. For the folder `src/modules/auth/migrations`. */
export class RenameAuditAction1796160000102 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`UPDATE audit_log SET action = 'bot.access_token_issued' WHERE action = 'bot.pass_issued'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`UPDATE audit_log SET action = 'bot.pass_issued' WHERE action = 'bot.access_token_issued'`);
  }
}
