import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How models count tokens is learnt from what their servers tell. */
export class CreateAiTokenFactors1795902012000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE ai_token_factors (
        base_url text NOT NULL,
        model text NOT NULL,
        factor double precision NOT NULL,
        CONSTRAINT ai_token_factors_pkey PRIMARY KEY (base_url, model)
      )
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE ai_token_factors`);
  }
}
