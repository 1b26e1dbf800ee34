import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateBots1795300003000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE bots (
        id text NOT NULL,
        type text NOT NULL DEFAULT '',
        description text NOT NULL DEFAULT '',
        is_privacy_mode boolean NOT NULL DEFAULT false,
        enable_mark_as_read boolean NOT NULL DEFAULT true,
        show_member boolean NOT NULL DEFAULT false,
        channel_invitation_preference smallint NOT NULL DEFAULT 0,
        is_disabled boolean NOT NULL DEFAULT false,
        created_at timestamptz(3) NOT NULL,
        CONSTRAINT bots_pkey PRIMARY KEY (id)
      )
    `);
    await runner.query(`
      CREATE TABLE bot_endpoints (
        id text NOT NULL,
        bot_id text NOT NULL,
        transport text NOT NULL,
        format text NOT NULL,
        url text NOT NULL DEFAULT '',
        signing_secret_sealed bytea NOT NULL,
        authorization_sealed bytea,
        ai jsonb,
        generation integer NOT NULL DEFAULT 1,
        created_at timestamptz(3) NOT NULL,
        CONSTRAINT bot_endpoints_bot_id_transport_format_key UNIQUE (bot_id, transport, format),
        CONSTRAINT bot_endpoints_pkey PRIMARY KEY (id)
      )
    `);
    await runner.query(`
      CREATE TABLE bot_commands (
        id text NOT NULL,
        bot_id text NOT NULL,
        alias text NOT NULL,
        description text NOT NULL DEFAULT '',
        CONSTRAINT bot_commands_pkey PRIMARY KEY (id)
      )
    `);
    await runner.query(`CREATE INDEX bots_created_at_id_idx ON bots (created_at, id)`);
    await runner.query(`CREATE INDEX bot_commands_bot_id_id_idx ON bot_commands (bot_id, id)`);
    await runner.query(
      `ALTER TABLE bots ADD CONSTRAINT bots_id_fkey FOREIGN KEY (id) REFERENCES users(id) ON DELETE CASCADE`,
    );
    await runner.query(
      `ALTER TABLE bot_endpoints ADD CONSTRAINT bot_endpoints_bot_id_fkey FOREIGN KEY (bot_id) REFERENCES bots(id) ON DELETE CASCADE`,
    );
    await runner.query(
      `ALTER TABLE bot_commands ADD CONSTRAINT bot_commands_bot_id_fkey FOREIGN KEY (bot_id) REFERENCES bots(id) ON DELETE CASCADE`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE bot_commands`);
    await runner.query(`DROP TABLE bot_endpoints`);
    await runner.query(`DROP TABLE bots`);
  }
}
