import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createIndexConcurrently, dropIndexConcurrently } from '../../../core/database/concurrent-index.js';

/** When a user has come into a chat or left it is found without a look at the rest of the log. */
export class IndexMembershipEvents1796020000102 implements MigrationInterface {
  readonly transaction = false;

  up(runner: QueryRunner): Promise<void> {
    const definition = `ON chat_events (chat_id, subject_id, seq)
      WHERE type IN ('member.joined', 'member.invited', 'member.declined', 'member.left')`;
    return createIndexConcurrently(runner, { name: 'chat_events_members_idx', definition });
  }

  down(runner: QueryRunner): Promise<void> {
    return dropIndexConcurrently(runner, 'chat_events_members_idx');
  }
}
