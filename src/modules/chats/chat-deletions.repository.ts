import { Injectable } from '@nestjs/common';
import { Database, statement, settleAll } from '../../core/database/database.js';
import { addTasksFrom } from '../../core/deletion/deletion-tasks.js';
import { favoritesKey } from './new-chat.js';

/** A chat to remove, locked until the transaction ends. */
export interface ChatToRemove {
  id: string;
  lastSeq: number;
  lastAt: Date;
}

const COLUMNS = `id, last_seq AS "lastSeq", last_at AS "lastAt"`;
const LOCK = statement('chat_deletions.lock', `SELECT ${COLUMNS} FROM chats WHERE id = ANY($1) ORDER BY id FOR UPDATE`);
// A batch of each deleted user's chats, by the index of its side of the pair.
const LOCK_OF_USERS = statement(
  'chat_deletions.lock_of_users',
  `SELECT ${COLUMNS} FROM chats WHERE id IN (
     SELECT chat.id FROM unnest($1::text[], $2::bigint[]) AS gone (user_id, until) CROSS JOIN LATERAL (
       (SELECT id FROM chats c WHERE c.kind = 'personal' AND c.user_id = gone.user_id AND coalesce(c.num, 0) < gone.until LIMIT $3)
       UNION ALL
       (SELECT id FROM chats c WHERE c.kind = 'personal' AND c.bot_id = gone.user_id AND coalesce(c.num, 0) < gone.until LIMIT $3)
     ) chat LIMIT $3)
   ORDER BY id FOR UPDATE`,
);
const LOCK_FAVORITES = statement(
  'chat_deletions.lock_favorites',
  `SELECT ${COLUMNS} FROM chats WHERE distinct_key = $1 FOR UPDATE`,
);
const DELETE = statement('chat_deletions.delete', 'DELETE FROM chats WHERE id = ANY($1)');
const ADD_USER_TASK = statement(
  'chat_deletions.add_user_task',
  `${addTasksFrom('user', `SELECT $1::text AS id, nextval('chats_num_seq') AS until`)} RETURNING until`,
);
const DELETE_EVENTS = statement(
  'chat_deletions.delete_events',
  `DELETE FROM chat_events WHERE ctid = ANY(ARRAY(
     SELECT event.ctid FROM unnest($1::text[], $2::bigint[]) AS gone (chat_id, until)
     JOIN chat_events event ON event.chat_id = gone.chat_id AND event.seq <= gone.until LIMIT $3)) RETURNING 1`,
);

const GROUPS = statement(
  'chat_deletions.groups',
  `SELECT id FROM chats WHERE id > $1 AND kind IN ('group', 'channel') ORDER BY id LIMIT $2`,
);
const REPLACE_IN_CHATS = statement(
  'chat_deletions.replace_in_chats',
  'UPDATE chats SET created_by_id = $3 WHERE id = ANY($1) AND created_by_id = $2',
);
const REPLACE_IN_MEMBERS = statement(
  'chat_deletions.replace_in_members',
  'UPDATE members SET inviter_id = $3 WHERE chat_id = ANY($1) AND inviter_id = $2',
);
const REPLACE_IN_EVENTS = statement(
  'chat_deletions.replace_in_events',
  `UPDATE chat_events SET
     actor_id = CASE WHEN actor_id = $2 THEN $3 ELSE actor_id END,
     subject_id = CASE WHEN subject_id = $2 THEN $3 ELSE subject_id END,
     details = CASE WHEN details -> 'roles' ? $2 THEN details #- ARRAY['roles', $2] ELSE details END
   WHERE chat_id = ANY($1) AND created_at <= $4 AND (actor_id = $2 OR subject_id = $2 OR details -> 'roles' ? $2)`,
);

/** Deletes chats at once and their logs later, and replaces the ids of erased persons in what remains. */
@Injectable()
export class ChatDeletionsRepository {
  constructor(private readonly database: Database) {}

  /** Locks chats, including those that readers no longer see. */
  lock(ids: readonly string[]): Promise<ChatToRemove[]> {
    return this.database.query<ChatToRemove>(LOCK, [ids]);
  }

  /** Locks at most `limit` personal chats of deleted users. @param untils a chat with a lower number is the deleted user's */
  lockByUsers(userIds: readonly string[], untils: readonly number[], limit: number): Promise<ChatToRemove[]> {
    return this.database.query<ChatToRemove>(LOCK_OF_USERS, [userIds, untils, limit]);
  }

  /** Locks the favorites chat of a user, if it exists. */
  lockFavorites(userId: string): Promise<ChatToRemove[]> {
    return this.database.query<ChatToRemove>(LOCK_FAVORITES, [favoritesKey(userId)]);
  }

  /** Deletes chats with their members. */
  async delete(ids: readonly string[]): Promise<void> {
    await this.database.query(DELETE, [ids]);
  }

  /** Adds the task that removes the chats of a deleted user. @returns its mark: higher than the number of every existing chat */
  async addUserTask(userId: string): Promise<number> {
    return (await this.database.query<{ until: number }>(ADD_USER_TASK, [userId]))[0].until;
  }

  /** @returns the number of deleted entries, at most `limit` */
  async deleteEvents(chatIds: readonly string[], untils: readonly number[], limit: number): Promise<number> {
    return (await this.database.query(DELETE_EVENTS, [chatIds, untils, limit])).length;
  }

  /** @returns the groups and channels after an id, in the order of their ids */
  async listGroups(after: string, limit: number): Promise<string[]> {
    return (await this.database.query<{ id: string }>(GROUPS, [after, limit])).map(({ id }) => id);
  }

  async replaceUserId(chatIds: readonly string[], userId: string, replacementId: string, until: Date): Promise<void> {
    await settleAll([
      this.database.query(REPLACE_IN_CHATS, [chatIds, userId, replacementId]),
      this.database.query(REPLACE_IN_MEMBERS, [chatIds, userId, replacementId]),
      this.database.query(REPLACE_IN_EVENTS, [chatIds, userId, replacementId, until]),
    ]);
  }
}
