import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateDrafts1795900000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE drafts (
        id text NOT NULL,
        chat_id text NOT NULL,
        sender_id text NOT NULL,
        token text NOT NULL,
        body text NOT NULL,
        updated_at timestamptz(3) NOT NULL DEFAULT now(),
        CONSTRAINT drafts_pkey PRIMARY KEY (id)
      )
    `);
    await runner.query(`CREATE INDEX drafts_chat_id_idx ON drafts (chat_id)`);
    await runner.query(
      `ALTER TABLE drafts ADD CONSTRAINT drafts_chat_id_fkey FOREIGN KEY (chat_id) REFERENCES chats(id) ON DELETE CASCADE`,
    );
    await runner.query(
      `ALTER TABLE drafts ADD CONSTRAINT drafts_sender_id_fkey FOREIGN KEY (sender_id) REFERENCES users(id) ON DELETE CASCADE`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE drafts`);
  }
}
