import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Nothing has read the column since subscriptions are created by the first dispatch that needs them. */
export class DropLaneCount1796090000101 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE chats DROP COLUMN lane_count`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE chats ADD COLUMN lane_count integer NOT NULL DEFAULT 1`);
  }
}
