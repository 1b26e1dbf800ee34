import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateSocketNotices1795900601000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE socket_notices (
        id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
        session_id text NOT NULL,
        kind text NOT NULL,
        chat_id text NOT NULL,
        message_id text NOT NULL DEFAULT '',
        CONSTRAINT socket_notices_pkey PRIMARY KEY (id)
      )
    `);
    await runner.query(`CREATE INDEX socket_notices_session_id_idx ON socket_notices (session_id)`);
    await runner.query(
      `ALTER TABLE socket_notices ADD CONSTRAINT socket_notices_session_id_fkey FOREIGN KEY (session_id) REFERENCES socket_sessions(id) ON DELETE CASCADE`,
    );
    await runner.query(`CREATE INDEX missed_messages_said_at_idx ON missed_messages (said_at)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX missed_messages_said_at_idx`);
    await runner.query(`DROP TABLE socket_notices`);
  }
}
