import { Injectable } from '@nestjs/common';
import { Database, statement, settleAll } from '../../core/database/database.js';

const PAGE = statement(
  'chat_erasures.page',
  `SELECT id FROM chats WHERE id > $1 AND kind IN ('group', 'channel') ORDER BY id LIMIT $2`,
);
const CHATS = statement(
  'chat_erasures.chats',
  'UPDATE chats SET created_by_id = $3 WHERE id = ANY($1) AND created_by_id = $2',
);
const MEMBERS = statement(
  'chat_erasures.members',
  'UPDATE members SET inviter_id = $3 WHERE chat_id = ANY($1) AND inviter_id = $2',
);
const EVENTS = statement(
  'chat_erasures.events',
  `UPDATE chat_events SET
     actor_id = CASE WHEN actor_id = $2 THEN $3 ELSE actor_id END,
     subject_id = CASE WHEN subject_id = $2 THEN $3 ELSE subject_id END,
     details = CASE WHEN details -> 'roles' ? $2 THEN details #- ARRAY['roles', $2] ELSE details END
   WHERE chat_id = ANY($1) AND created_at <= $4 AND (actor_id = $2 OR subject_id = $2 OR details -> 'roles' ? $2)`,
);

/** Replaces the ids of erased persons in chats, members and log entries. */
@Injectable()
export class ChatErasuresRepository {
  constructor(private readonly database: Database) {}

  /** @returns the groups and channels after an id, in the order of their ids */
  async page(after: string, limit: number): Promise<string[]> {
    return (await this.database.query<{ id: string }>(PAGE, [after, limit])).map(({ id }) => id);
  }

  async replaceUserId(chatIds: readonly string[], userId: string, replacementId: string, until: Date): Promise<void> {
    await settleAll([
      this.database.query(CHATS, [chatIds, userId, replacementId]),
      this.database.query(MEMBERS, [chatIds, userId, replacementId]),
      this.database.query(EVENTS, [chatIds, userId, replacementId, until]),
    ]);
  }
}
