import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A chat whose log has entries that are not yet dispatched is pending; the first members of a group are its initial ones. */
export class RenameChatColumns1796150000101 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE chats RENAME COLUMN armed_at TO pending_since`);
    await runner.query(`ALTER INDEX chats_armed_at_idx RENAME TO chats_pending_since_idx`);
    await runner.query(`
      UPDATE chat_events SET details = jsonb_set(details - 'isFounding', '{isInitial}', details -> 'isFounding')
      WHERE details ? 'isFounding'
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      UPDATE chat_events SET details = jsonb_set(details - 'isInitial', '{isFounding}', details -> 'isInitial')
      WHERE details ? 'isInitial'
    `);
    await runner.query(`ALTER INDEX chats_pending_since_idx RENAME TO chats_armed_at_idx`);
    await runner.query(`ALTER TABLE chats RENAME COLUMN pending_since TO armed_at`);
  }
}
