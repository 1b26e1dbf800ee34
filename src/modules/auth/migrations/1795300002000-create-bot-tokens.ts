import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateBotTokens1795300002000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE bot_tokens (
        hash bytea NOT NULL,
        bot_id text NOT NULL,
        sealed bytea NOT NULL,
        created_at timestamptz(3) NOT NULL,
        expires_at timestamptz(3),
        CONSTRAINT bot_tokens_pkey PRIMARY KEY (hash)
      )
    `);
    await runner.query(`CREATE INDEX bot_tokens_bot_id_created_at_idx ON bot_tokens (bot_id, created_at)`);
    await runner.query(
      `ALTER TABLE bot_tokens ADD CONSTRAINT bot_tokens_bot_id_fkey FOREIGN KEY (bot_id) REFERENCES users(id) ON DELETE CASCADE`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE bot_tokens`);
  }
}
