import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateSocketSessions1795700003000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE socket_processes (
        id text NOT NULL,
        seen_at timestamptz NOT NULL,
        CONSTRAINT socket_processes_pkey PRIMARY KEY (id)
      )
    `);
    await runner.query(`
      CREATE TABLE socket_sessions (
        id text NOT NULL,
        bot_id text NOT NULL,
        process_id text NOT NULL,
        CONSTRAINT socket_sessions_pkey PRIMARY KEY (id)
      )
    `);
    await runner.query(`
      CREATE TABLE missed_messages (
        endpoint_id text NOT NULL,
        message_id text NOT NULL,
        chat_id text NOT NULL,
        said_at timestamptz(3) NOT NULL,
        CONSTRAINT missed_messages_pkey PRIMARY KEY (endpoint_id, message_id)
      )
    `);
    await runner.query(`CREATE INDEX socket_sessions_bot_id_idx ON socket_sessions (bot_id)`);
    await runner.query(`CREATE INDEX socket_sessions_process_id_idx ON socket_sessions (process_id)`);
    await runner.query(
      `CREATE INDEX missed_messages_endpoint_id_said_at_idx ON missed_messages (endpoint_id, said_at)`,
    );
    await runner.query(`CREATE INDEX missed_messages_chat_id_idx ON missed_messages (chat_id)`);
    await runner.query(`CREATE INDEX missed_messages_message_id_idx ON missed_messages (message_id)`);
    for (const [table, column, target] of [
      ['socket_sessions', 'bot_id', 'bots'],
      ['socket_sessions', 'process_id', 'socket_processes'],
      ['missed_messages', 'endpoint_id', 'bot_endpoints'],
      ['missed_messages', 'message_id', 'messages'],
      ['missed_messages', 'chat_id', 'chats'],
    ]) {
      await runner.query(
        `ALTER TABLE ${table} ADD CONSTRAINT ${table}_${column}_fkey FOREIGN KEY (${column}) REFERENCES ${target}(id) ON DELETE CASCADE`,
      );
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE missed_messages`);
    await runner.query(`DROP TABLE socket_sessions`);
    await runner.query(`DROP TABLE socket_processes`);
  }
}
