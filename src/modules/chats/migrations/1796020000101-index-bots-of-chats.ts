import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createIndexConcurrently, dropIndexConcurrently } from '../../../core/database/concurrent-index.js';

/** The bots of a chat are found without a look at its people. */
export class IndexBotsOfChats1796020000101 implements MigrationInterface {
  readonly transaction = false;

  up(runner: QueryRunner): Promise<void> {
    const definition = 'ON members (chat_id, user_id) WHERE is_bot';
    return createIndexConcurrently(runner, { name: 'members_bots_idx', definition });
  }

  down(runner: QueryRunner): Promise<void> {
    return dropIndexConcurrently(runner, 'members_bots_idx');
  }
}
