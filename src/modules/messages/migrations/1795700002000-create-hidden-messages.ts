import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateHiddenMessages1795700002000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE hidden_messages (
        user_id text NOT NULL,
        message_id text NOT NULL,
        hidden_at timestamptz(3) NOT NULL,
        CONSTRAINT hidden_messages_pkey PRIMARY KEY (user_id, message_id)
      )
    `);
    await runner.query(`CREATE INDEX hidden_messages_message_id_idx ON hidden_messages (message_id)`);
    await runner.query(
      `ALTER TABLE hidden_messages ADD CONSTRAINT hidden_messages_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE`,
    );
    await runner.query(
      `ALTER TABLE hidden_messages ADD CONSTRAINT hidden_messages_message_id_fkey FOREIGN KEY (message_id) REFERENCES messages(id) ON DELETE CASCADE`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE hidden_messages`);
  }
}
