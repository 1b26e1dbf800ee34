import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createIndexConcurrently, dropIndexConcurrently } from '../../../core/database/concurrent-index.js';

export class IndexDueLanesByEndpoint1796010000100 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await createIndexConcurrently(runner, {
      name: 'lanes_endpoint_id_due_at_idx',
      definition: 'ON lanes (endpoint_id, due_at) WHERE due_at IS NOT NULL',
    });
    await createIndexConcurrently(runner, {
      name: 'lanes_endpoint_id_leased_idx',
      definition: 'ON lanes (endpoint_id) WHERE lease_token IS NOT NULL',
    });
    await dropIndexConcurrently(runner, 'lanes_due_at_idx');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE INDEX lanes_due_at_idx ON lanes (due_at) WHERE due_at IS NOT NULL`);
    await dropIndexConcurrently(runner, 'lanes_endpoint_id_leased_idx');
    await dropIndexConcurrently(runner, 'lanes_endpoint_id_due_at_idx');
  }
}
