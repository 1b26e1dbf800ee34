import type { MigrationInterface, QueryRunner } from 'typeorm';

export class StoreFiles1795420005000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE files
        ADD kind text NOT NULL DEFAULT 'other',
        ADD state text NOT NULL DEFAULT 'ready',
        ADD width integer,
        ADD height integer,
        ADD preview_path text,
        ADD preview_mime_type text,
        ADD preview_size_bytes bigint,
        ADD preview_width integer,
        ADD preview_height integer,
        ADD upload_process text,
        ADD claim_hash bytea,
        ADD chat_id text,
        ADD keep_until timestamptz,
        ADD CONSTRAINT files_path_key UNIQUE (path),
        ADD CONSTRAINT files_preview_path_key UNIQUE (preview_path),
        ADD CONSTRAINT files_claim_hash_key UNIQUE (claim_hash),
        ADD CONSTRAINT files_chat_id_fkey FOREIGN KEY (chat_id) REFERENCES chats(id) ON DELETE SET NULL
    `);
    await runner.query(`CREATE INDEX files_chat_id_idx ON files (chat_id) WHERE chat_id IS NOT NULL`);
    await runner.query(`CREATE INDEX files_keep_until_idx ON files (keep_until) WHERE chat_id IS NULL`);
    await runner.query(`
      CREATE TABLE file_uses (
        file_id text NOT NULL,
        message_id text NOT NULL,
        chat_id text NOT NULL,
        CONSTRAINT file_uses_pkey PRIMARY KEY (file_id, message_id),
        CONSTRAINT file_uses_file_id_fkey FOREIGN KEY (file_id) REFERENCES files(id) ON DELETE CASCADE,
        CONSTRAINT file_uses_chat_id_fkey FOREIGN KEY (chat_id) REFERENCES chats(id) ON DELETE CASCADE
      )
    `);
    await runner.query(`CREATE INDEX file_uses_chat_id_idx ON file_uses (chat_id)`);
    await runner.query(`CREATE INDEX file_uses_message_id_idx ON file_uses (message_id)`);
    await runner.query(`
      CREATE TABLE file_quotas (
        owner_id text NOT NULL,
        used_bytes bigint NOT NULL,
        CONSTRAINT file_quotas_pkey PRIMARY KEY (owner_id)
      )
    `);
    await runner.query(`
      CREATE TABLE preview_jobs (
        file_id text NOT NULL,
        due_at timestamptz NOT NULL DEFAULT now(),
        tries integer NOT NULL DEFAULT 0,
        maker text,
        rung_at timestamptz,
        CONSTRAINT preview_jobs_pkey PRIMARY KEY (file_id),
        CONSTRAINT preview_jobs_file_id_fkey FOREIGN KEY (file_id) REFERENCES files(id) ON DELETE CASCADE
      )
    `);
    await runner.query(`CREATE INDEX preview_jobs_due_at_idx ON preview_jobs (due_at)`);
    await runner.query(`
      CREATE TABLE upload_tasks (
        id_hash bytea NOT NULL,
        owner_id text NOT NULL,
        name text NOT NULL,
        size_bytes bigint NOT NULL,
        expires_at timestamptz NOT NULL,
        CONSTRAINT upload_tasks_pkey PRIMARY KEY (id_hash)
      )
    `);
    await runner.query(`CREATE INDEX upload_tasks_expires_at_idx ON upload_tasks (expires_at)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['upload_tasks', 'preview_jobs', 'file_quotas', 'file_uses']) {
      await runner.query(`DROP TABLE ${table}`);
    }
    await runner.query(`
      ALTER TABLE files
        DROP kind, DROP state, DROP width, DROP height, DROP preview_path, DROP preview_mime_type,
        DROP preview_size_bytes, DROP preview_width, DROP preview_height, DROP upload_process, DROP claim_hash,
        DROP chat_id, DROP keep_until
    `);
    await runner.query(`ALTER TABLE files DROP CONSTRAINT IF EXISTS files_path_key`);
  }
}
