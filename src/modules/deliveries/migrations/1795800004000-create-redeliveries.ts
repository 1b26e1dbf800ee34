import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateRedeliveries1795800004000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE redeliveries (
        endpoint_id text NOT NULL,
        chat_id text NOT NULL,
        seq bigint NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT redeliveries_pkey PRIMARY KEY (endpoint_id, chat_id, seq),
        CONSTRAINT redeliveries_endpoint_id_chat_id_fkey FOREIGN KEY (endpoint_id, chat_id)
          REFERENCES lanes(endpoint_id, chat_id) ON DELETE CASCADE
      )
    `);
    await runner.query(`ALTER TABLE lanes ADD has_redeliveries boolean NOT NULL DEFAULT false`);
    // Found by age, and hardly a cost to the write of each delivery: rows of one time lie together.
    await runner.query(`CREATE INDEX deliveries_created_at_idx ON deliveries USING brin (created_at)`);
    await runner.query(`CREATE INDEX attempts_at_idx ON attempts USING brin (at)`);
    await runner.query(
      `CREATE INDEX deliveries_failed_idx ON deliveries (endpoint_id, created_at) WHERE status IN ('dead', 'pending')`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX deliveries_failed_idx`);
    await runner.query(`DROP INDEX attempts_at_idx`);
    await runner.query(`DROP INDEX deliveries_created_at_idx`);
    await runner.query(`ALTER TABLE lanes DROP COLUMN has_redeliveries`);
    await runner.query(`DROP TABLE redeliveries`);
  }
}
