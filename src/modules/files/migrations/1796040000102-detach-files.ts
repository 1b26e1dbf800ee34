import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What refers to a deleted row, as `table, constraint, definition`. */
const REFERENCES = [
  ['file_uses', 'file_uses_chat_id_fkey', 'FOREIGN KEY (chat_id) REFERENCES chats(id) ON DELETE CASCADE'],
  ['files', 'files_chat_id_fkey', 'FOREIGN KEY (chat_id) REFERENCES chats(id) ON DELETE SET NULL'],
] as const;

/** Deleting a chat touches no row of its files; a deletion task lets go of them in batches. */
export class DetachFiles1796040000102 implements MigrationInterface {
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
