import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Streams of events read the logs of many chats in the order of time. */
export class IndexChatEventsByTime1795500001000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE INDEX chat_events_chat_id_created_at_idx ON chat_events (chat_id, created_at)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX chat_events_chat_id_created_at_idx`);
  }
}
