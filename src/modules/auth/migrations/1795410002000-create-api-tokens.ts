import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateApiTokens1795410002000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE api_tokens (
        id text NOT NULL,
        hash bytea NOT NULL,
        created_at timestamptz(3) NOT NULL,
        CONSTRAINT api_tokens_pkey PRIMARY KEY (id),
        CONSTRAINT api_tokens_hash_key UNIQUE (hash)
      )
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE api_tokens`);
  }
}
