import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Unlogged: the tables hold counts of minutes and hours. After a crash of the database they are empty, and fill up again. */
export class CreateRateLimits1796070000101 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE UNLOGGED TABLE rate_limits (
        key text NOT NULL,
        points integer NOT NULL DEFAULT 0,
        expire bigint,
        CONSTRAINT rate_limits_pkey PRIMARY KEY (key)
      )
    `);
    await runner.query(`CREATE INDEX rate_limits_expire_idx ON rate_limits (expire)`);
    await runner.query(`
      CREATE UNLOGGED TABLE slot_holders (
        id text NOT NULL,
        lease_until timestamptz NOT NULL,
        CONSTRAINT slot_holders_pkey PRIMARY KEY (id)
      )
    `);
    await runner.query(`
      CREATE UNLOGGED TABLE slots (
        id text NOT NULL,
        key text NOT NULL,
        holder_id text NOT NULL,
        CONSTRAINT slots_pkey PRIMARY KEY (id)
      )
    `);
    await runner.query(`CREATE INDEX slots_key_idx ON slots (key)`);
    await runner.query(`CREATE INDEX slots_holder_id_idx ON slots (holder_id)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE slots`);
    await runner.query(`DROP TABLE slot_holders`);
    await runner.query(`DROP TABLE rate_limits`);
  }
}
