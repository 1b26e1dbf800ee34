import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What refers to a deleted row, as `table, constraint, definition`. */
const REFERENCES = [
  ['messages', 'messages_chat_id_fkey', 'FOREIGN KEY (chat_id) REFERENCES chats(id) ON DELETE CASCADE'],
  ['hidden_messages', 'hidden_messages_user_id_fkey', 'FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE'],
] as const;

/** Deleting a chat or a user touches no message; a deletion task removes them in batches. */
export class DetachMessages1796040000103 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const [table, name] of REFERENCES) {
      await runner.query(`ALTER TABLE ${table} DROP CONSTRAINT IF EXISTS ${name}`);
    }
  }

  /** Rows that are still to be removed may refer to nothing. */
  async down(runner: QueryRunner): Promise<void> {
    for (const [table, name, definition] of REFERENCES) {
      await runner.query(`ALTER TABLE ${table} ADD CONSTRAINT ${name} ${definition} NOT VALID`);
    }
  }
}
