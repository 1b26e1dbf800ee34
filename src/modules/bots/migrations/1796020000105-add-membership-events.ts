import type { MigrationInterface, QueryRunner } from 'typeorm';

export class AddMembershipEvents1796020000105 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE bots ADD enable_membership_events boolean NOT NULL DEFAULT false`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE bots DROP COLUMN enable_membership_events`);
  }
}
