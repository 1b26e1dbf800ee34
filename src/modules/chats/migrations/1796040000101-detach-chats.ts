import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What refers to a deleted row, as `table, constraint, definition`. */
const REFERENCES = [
  ['chats', 'chats_user_id_fkey', 'FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE'],
  ['chats', 'chats_bot_id_fkey', 'FOREIGN KEY (bot_id) REFERENCES users(id) ON DELETE CASCADE'],
  ['members', 'members_user_id_fkey', 'FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE'],
  ['chat_events', 'chat_events_chat_id_fkey', 'FOREIGN KEY (chat_id) REFERENCES chats(id) ON DELETE CASCADE'],
] as const;

/** Deleting a user or a chat touches no row of what it had; the deletion tasks remove those in batches. */
export class DetachChats1796040000101 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE SEQUENCE chats_num_seq`);
    await runner.query(`ALTER TABLE chats ADD num bigint, ADD start_seq bigint NOT NULL DEFAULT 0`);
    for (const [table, name] of REFERENCES) {
      await runner.query(`ALTER TABLE ${table} DROP CONSTRAINT IF EXISTS ${name}`);
    }
  }

  /** Rows that are still to be removed may refer to nothing. */
  async down(runner: QueryRunner): Promise<void> {
    for (const [table, name, definition] of REFERENCES) {
      await runner.query(`ALTER TABLE ${table} ADD CONSTRAINT ${name} ${definition} NOT VALID`);
    }
    await runner.query(`ALTER TABLE chats DROP start_seq, DROP num`);
    await runner.query(`DROP SEQUENCE chats_num_seq`);
  }
}
