import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What refers to a deleted row, as `table, constraint, definition`. */
const REFERENCES = [
  [
    'deliveries',
    'deliveries_endpoint_id_chat_id_fkey',
    'FOREIGN KEY (endpoint_id, chat_id) REFERENCES lanes(endpoint_id, chat_id) ON DELETE CASCADE',
  ],
  [
    'attempts',
    'attempts_endpoint_id_chat_id_fkey',
    'FOREIGN KEY (endpoint_id, chat_id) REFERENCES lanes(endpoint_id, chat_id) ON DELETE CASCADE',
  ],
  [
    'redeliveries',
    'redeliveries_endpoint_id_chat_id_fkey',
    'FOREIGN KEY (endpoint_id, chat_id) REFERENCES lanes(endpoint_id, chat_id) ON DELETE CASCADE',
  ],
  ['missed_messages', 'missed_messages_chat_id_fkey', 'FOREIGN KEY (chat_id) REFERENCES chats(id) ON DELETE CASCADE'],
] as const;

/** Deleting a lane or an endpoint touches no delivery; a deletion task removes them in batches. */
export class DetachDeliveries1796040000104 implements MigrationInterface {
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
