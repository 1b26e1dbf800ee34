import type { MigrationInterface, QueryRunner } from 'typeorm';

export class ExtendMembers1795410003000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE members
        ADD COLUMN joined_seq bigint NOT NULL DEFAULT 0,
        ADD COLUMN delivered_at timestamptz(3),
        ADD COLUMN hidden_state text NOT NULL DEFAULT 'unhidden',
        ADD COLUMN history_from timestamptz(3)
    `);
    await runner.query(`CREATE INDEX chats_created_at_id_idx ON chats (created_at, id) WHERE kind = 'group'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX chats_created_at_id_idx`);
    await runner.query(`
      ALTER TABLE members
        DROP COLUMN joined_seq, DROP COLUMN delivered_at, DROP COLUMN hidden_state, DROP COLUMN history_from
    `);
  }
}
