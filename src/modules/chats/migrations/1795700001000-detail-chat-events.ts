import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Entries say what has changed and by which request, so that whoever follows the log can tell it without a look at the chat. */
export class DetailChatEvents1795700001000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `ALTER TABLE chat_events ADD COLUMN details jsonb, ADD COLUMN request_id text NOT NULL DEFAULT ''`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE chat_events DROP COLUMN request_id, DROP COLUMN details`);
  }
}
