import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Operators look at the newest first: what is only summed up by blocks has no order to read them in. */
export class OrderDeliveriesByTime1795901014000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX deliveries_created_at_idx`);
    await runner.query(`CREATE INDEX deliveries_created_at_idx ON deliveries (created_at)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX deliveries_created_at_idx`);
    await runner.query(`CREATE INDEX deliveries_created_at_idx ON deliveries USING brin (created_at)`);
  }
}
