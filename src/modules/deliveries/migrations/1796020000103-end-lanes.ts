import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Cursors end when their bot leaves, and outlive their endpoint until a job removes them. Those of bots that have left before this
 * version get their end from the invariant checker.
 */
export class EndLanes1796020000103 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE lanes ADD ends_seq bigint`);
    await runner.query(`ALTER TABLE lanes DROP CONSTRAINT lanes_endpoint_id_fkey`);
    await runner.query(`ALTER TABLE missed_messages DROP CONSTRAINT missed_messages_endpoint_id_fkey`);
    await runner.query(`
      CREATE TABLE removed_endpoints (
        endpoint_id text NOT NULL,
        bot_id text NOT NULL,
        removed_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT removed_endpoints_pkey PRIMARY KEY (endpoint_id)
      )
    `);
    await runner.query(`
      CREATE TABLE invariant_walks (
        name text NOT NULL,
        endpoint_id text NOT NULL DEFAULT '',
        chat_id text NOT NULL DEFAULT '',
        seq bigint NOT NULL DEFAULT 0,
        CONSTRAINT invariant_walks_pkey PRIMARY KEY (name)
      )
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE invariant_walks`);
    await runner.query(`DROP TABLE removed_endpoints`);
    for (const table of ['missed_messages', 'lanes']) {
      await runner.query(`DELETE FROM ${table} WHERE endpoint_id NOT IN (SELECT id FROM bot_endpoints)`);
      await runner.query(`
        ALTER TABLE ${table} ADD CONSTRAINT ${table}_endpoint_id_fkey
        FOREIGN KEY (endpoint_id) REFERENCES bot_endpoints(id) ON DELETE CASCADE
      `);
    }
    await runner.query(`
      INSERT INTO lanes (endpoint_id, chat_id, bot_id, cursor_seq)
      SELECT endpoint.id, chat.id, endpoint.bot_id, greatest(chat.dispatched_seq, member.joined_seq - 1)
      FROM bot_endpoints endpoint
      JOIN members member ON member.user_id = endpoint.bot_id AND member.state = 'joined'
      JOIN chats chat ON chat.id = member.chat_id
      ON CONFLICT DO NOTHING
    `);
    await runner.query(`ALTER TABLE lanes DROP COLUMN ends_seq`);
  }
}
