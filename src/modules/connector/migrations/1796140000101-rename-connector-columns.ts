import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A session is active once events are delivered to it; a missed message keeps the time at which it was sent. */
export class RenameConnectorColumns1796140000101 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE socket_sessions RENAME COLUMN is_hearing TO is_active`);
    await runner.query(`ALTER TABLE missed_messages RENAME COLUMN said_at TO sent_at`);
    await runner.query(
      `ALTER INDEX missed_messages_endpoint_id_said_at_idx RENAME TO missed_messages_endpoint_id_sent_at_idx`,
    );
    await runner.query(`ALTER INDEX missed_messages_said_at_idx RENAME TO missed_messages_sent_at_idx`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER INDEX missed_messages_sent_at_idx RENAME TO missed_messages_said_at_idx`);
    await runner.query(
      `ALTER INDEX missed_messages_endpoint_id_sent_at_idx RENAME TO missed_messages_endpoint_id_said_at_idx`,
    );
    await runner.query(`ALTER TABLE missed_messages RENAME COLUMN sent_at TO said_at`);
    await runner.query(`ALTER TABLE socket_sessions RENAME COLUMN is_active TO is_hearing`);
  }
}
