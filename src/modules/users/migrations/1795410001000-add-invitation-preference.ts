import type { MigrationInterface, QueryRunner } from 'typeorm';

export class AddInvitationPreference1795410001000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE users ADD COLUMN accepts_invitations boolean NOT NULL DEFAULT true`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE users DROP COLUMN accepts_invitations`);
  }
}
