import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateChats1795300004000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE chats (
        id text NOT NULL,
        kind text NOT NULL,
        user_id text,
        bot_id text,
        title text NOT NULL DEFAULT '',
        cover_url text NOT NULL DEFAULT '',
        custom_type text NOT NULL DEFAULT '',
        data text NOT NULL DEFAULT '',
        is_distinct boolean NOT NULL DEFAULT false,
        is_public boolean NOT NULL DEFAULT false,
        is_super boolean NOT NULL DEFAULT false,
        is_ephemeral boolean NOT NULL DEFAULT false,
        is_frozen boolean NOT NULL DEFAULT false,
        access_code text NOT NULL DEFAULT '',
        metadata jsonb NOT NULL DEFAULT '{}',
        distinct_key text,
        created_by_id text,
        last_seq bigint NOT NULL DEFAULT 0,
        last_at timestamptz(3) NOT NULL,
        message_count bigint NOT NULL DEFAULT 0,
        lane_count integer NOT NULL DEFAULT 0,
        armed_at timestamptz(3),
        created_at timestamptz(3) NOT NULL,
        CONSTRAINT chats_pkey PRIMARY KEY (id)
      )
    `);
    await runner.query(`
      CREATE TABLE members (
        chat_id text NOT NULL,
        user_id text NOT NULL,
        state text NOT NULL,
        role text NOT NULL DEFAULT 'none',
        read_seq bigint NOT NULL DEFAULT 0,
        read_at timestamptz(3),
        inviter_id text,
        invited_at timestamptz(3),
        joined_at timestamptz(3),
        CONSTRAINT members_pkey PRIMARY KEY (chat_id, user_id)
      )
    `);
    await runner.query(`
      CREATE TABLE chat_events (
        chat_id text NOT NULL,
        seq bigint NOT NULL,
        type text NOT NULL,
        actor_id text,
        subject_id text,
        created_at timestamptz(3) NOT NULL,
        CONSTRAINT chat_events_pkey PRIMARY KEY (chat_id, seq)
      )
    `);
    await runner.query(`CREATE INDEX chats_armed_at_idx ON chats (armed_at) WHERE armed_at IS NOT NULL`);
    await runner.query(
      `CREATE UNIQUE INDEX chats_distinct_key_idx ON chats (distinct_key) WHERE distinct_key IS NOT NULL`,
    );
    await runner.query(`CREATE INDEX chats_bot_id_user_id_idx ON chats (bot_id, user_id) WHERE kind = 'personal'`);
    await runner.query(
      `CREATE INDEX chats_user_id_bot_id_created_at_idx ON chats (user_id, bot_id, created_at) WHERE kind = 'personal'`,
    );
    await runner.query(`CREATE INDEX members_user_id_chat_id_idx ON members (user_id, chat_id)`);
    await runner.query(
      `ALTER TABLE chats ADD CONSTRAINT chats_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE`,
    );
    await runner.query(
      `ALTER TABLE chats ADD CONSTRAINT chats_bot_id_fkey FOREIGN KEY (bot_id) REFERENCES users(id) ON DELETE CASCADE`,
    );
    await runner.query(
      `ALTER TABLE members ADD CONSTRAINT members_chat_id_fkey FOREIGN KEY (chat_id) REFERENCES chats(id) ON DELETE CASCADE`,
    );
    await runner.query(
      `ALTER TABLE members ADD CONSTRAINT members_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE`,
    );
    await runner.query(
      `ALTER TABLE chat_events ADD CONSTRAINT chat_events_chat_id_fkey FOREIGN KEY (chat_id) REFERENCES chats(id) ON DELETE CASCADE`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE chat_events`);
    await runner.query(`DROP TABLE members`);
    await runner.query(`DROP TABLE chats`);
  }
}
