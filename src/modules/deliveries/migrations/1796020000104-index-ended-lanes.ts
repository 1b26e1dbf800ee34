import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createIndexConcurrently, dropIndexConcurrently } from '../../../core/database/concurrent-index.js';

/** Cursors that have an end are found by the job that removes them. */
export class IndexEndedLanes1796020000104 implements MigrationInterface {
  readonly transaction = false;

  up(runner: QueryRunner): Promise<void> {
    const definition = 'ON lanes (endpoint_id, chat_id) WHERE ends_seq IS NOT NULL';
    return createIndexConcurrently(runner, { name: 'lanes_ended_idx', definition });
  }

  down(runner: QueryRunner): Promise<void> {
    return dropIndexConcurrently(runner, 'lanes_ended_idx');
  }
}
