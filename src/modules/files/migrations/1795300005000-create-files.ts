import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateFiles1795300005000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE files (
        id text NOT NULL,
        owner_id text NOT NULL,
        path text NOT NULL,
        name text NOT NULL,
        size_bytes bigint NOT NULL,
        mime_type text NOT NULL,
        created_at timestamptz(3) NOT NULL,
        CONSTRAINT files_pkey PRIMARY KEY (id)
      )
    `);
    await runner.query(`CREATE INDEX files_owner_id_id_idx ON files (owner_id, id)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE files`);
  }
}
