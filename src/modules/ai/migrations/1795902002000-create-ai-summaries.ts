import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Bots may remember in few words what was said long ago. */
export class CreateAiSummaries1795902002000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE ai_summaries (
        chat_id text NOT NULL,
        bot_id text NOT NULL,
        body text NOT NULL DEFAULT '',
        from_seq bigint NOT NULL DEFAULT 0,
        from_at timestamptz(3),
        up_to_seq bigint NOT NULL DEFAULT 0,
        lease_token text,
        lease_until timestamptz,
        reserved_tokens integer NOT NULL DEFAULT 0,
        reserved_day date,
        used_tokens bigint NOT NULL DEFAULT 0,
        CONSTRAINT ai_summaries_pkey PRIMARY KEY (chat_id, bot_id)
      )
    `);
    await runner.query(`CREATE INDEX ai_summaries_bot_id_idx ON ai_summaries (bot_id)`);
    await runner.query(
      `ALTER TABLE ai_summaries ADD CONSTRAINT ai_summaries_chat_id_fkey FOREIGN KEY (chat_id) REFERENCES chats(id) ON DELETE CASCADE`,
    );
    await runner.query(
      `ALTER TABLE ai_summaries ADD CONSTRAINT ai_summaries_bot_id_fkey FOREIGN KEY (bot_id) REFERENCES bots(id) ON DELETE CASCADE`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE ai_summaries`);
  }
}
