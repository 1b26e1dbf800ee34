import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateUsers1795300001000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE users (
        id text NOT NULL,
        kind text NOT NULL,
        nickname text NOT NULL,
        profile_url text NOT NULL DEFAULT '',
        metadata jsonb NOT NULL DEFAULT '{}',
        is_active boolean NOT NULL DEFAULT true,
        discovery_keys text[] NOT NULL DEFAULT '{}',
        preferred_languages text[] NOT NULL DEFAULT '{}',
        last_seen_at timestamptz(3),
        access_token_sealed bytea,
        created_at timestamptz(3) NOT NULL,
        CONSTRAINT users_pkey PRIMARY KEY (id)
      )
    `);
    await runner.query(`CREATE INDEX users_bot_nickname_idx ON users (nickname) WHERE kind = 'bot'`);
    await runner.query(`CREATE INDEX users_created_at_id_idx ON users (created_at, id)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE users`);
  }
}
