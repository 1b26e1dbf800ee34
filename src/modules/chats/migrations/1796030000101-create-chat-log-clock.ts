import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The newest time that an entry of any log has, in milliseconds. A sequence, since it goes on whatever becomes of a transaction. */
export class CreateChatLogClock1796030000101 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE SEQUENCE chat_log_clock`);
    await runner.query(`
      SELECT setval('chat_log_clock', greatest(1, (extract(epoch FROM max(last_at)) * 1000)::bigint)) FROM chats`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP SEQUENCE chat_log_clock`);
  }
}
