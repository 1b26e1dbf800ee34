import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateAiChatControls1795900802000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE ai_chat_controls (
        chat_id text NOT NULL,
        taken_by text NOT NULL,
        until timestamptz(3) NOT NULL,
        CONSTRAINT ai_chat_controls_pkey PRIMARY KEY (chat_id)
      )
    `);
    await runner.query(
      `ALTER TABLE ai_chat_controls ADD CONSTRAINT ai_chat_controls_chat_id_fkey FOREIGN KEY (chat_id) REFERENCES chats(id) ON DELETE CASCADE`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE ai_chat_controls`);
  }
}
