import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Chats whose bot has more waiting for it than is allowed, noted where every sender looks anyway. */
export class AddIsBacklogged1795900700000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE chats ADD is_backlogged boolean NOT NULL DEFAULT false`);
    await runner.query(`CREATE INDEX chats_is_backlogged_idx ON chats (id) WHERE is_backlogged`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX chats_is_backlogged_idx`);
    await runner.query(`ALTER TABLE chats DROP COLUMN is_backlogged`);
  }
}
