import type { MigrationInterface, QueryRunner } from 'typeorm';

const INDEXES = ['chat_id_idx', 'endpoint_id_due_at_idx', 'endpoint_id_leased_idx', 'ended_idx'];
const CONSTRAINTS = ['pkey', 'chat_id_fkey'];

/** Columns of `endpoint_health`, as `old, new`. */
const COLUMNS = [
  ['failing_told_at', 'failing_reported_at'],
  ['quarters_told', 'quarters_reported'],
  ['deaths', 'dead_count'],
] as const;

/** The position of an endpoint in the log of a chat is a subscription. Pending deletion tasks and invariant walks follow the name. */
export class RenameLanesToSubscriptions1796130000101 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE lanes RENAME TO subscriptions`);
    for (const name of CONSTRAINTS) {
      await runner.query(`ALTER TABLE subscriptions RENAME CONSTRAINT lanes_${name} TO subscriptions_${name}`);
    }
    for (const name of INDEXES) await runner.query(`ALTER INDEX lanes_${name} RENAME TO subscriptions_${name}`);
    for (const [before, after] of COLUMNS) {
      await runner.query(`ALTER TABLE endpoint_health RENAME COLUMN ${before} TO ${after}`);
    }
    await runner.query(`UPDATE deletion_tasks SET kind = 'subscription' WHERE kind = 'lane'`);
    await runner.query(`UPDATE invariant_walks SET name = 'subscriptions' WHERE name = 'lanes'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`UPDATE invariant_walks SET name = 'lanes' WHERE name = 'subscriptions'`);
    await runner.query(`UPDATE deletion_tasks SET kind = 'lane' WHERE kind = 'subscription'`);
    for (const [before, after] of COLUMNS) {
      await runner.query(`ALTER TABLE endpoint_health RENAME COLUMN ${after} TO ${before}`);
    }
    for (const name of INDEXES) await runner.query(`ALTER INDEX subscriptions_${name} RENAME TO lanes_${name}`);
    for (const name of CONSTRAINTS) {
      await runner.query(`ALTER TABLE subscriptions RENAME CONSTRAINT subscriptions_${name} TO lanes_${name}`);
    }
    await runner.query(`ALTER TABLE subscriptions RENAME TO lanes`);
  }
}
