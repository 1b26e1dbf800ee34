import { Injectable } from '@nestjs/common';
import { favoritesKey } from './new-chat.js';
import { Database, statement } from '../../core/database/database.js';
import { addTasksFrom } from '../../core/deletion/deletion-tasks.js';

/** A chat that is about to be removed, locked until the transaction ends. */
export interface DoomedChat {
  id: string;
  lastSeq: number;
  lastAt: Date;
}

const DOOMED = `id, last_seq AS "lastSeq", last_at AS "lastAt"`;
const LOCK = statement('chat_removals.lock', `SELECT ${DOOMED} FROM chats WHERE id = ANY($1) ORDER BY id FOR UPDATE`);
// Of each of the deleted users a batch, by the index of its side of the pair.
const LOCK_OF_USERS = statement(
  'chat_removals.lock_of_users',
  `SELECT ${DOOMED} FROM chats WHERE id IN (
     SELECT chat.id FROM unnest($1::text[], $2::bigint[]) AS gone (user_id, until) CROSS JOIN LATERAL (
       (SELECT id FROM chats c WHERE c.kind = 'personal' AND c.user_id = gone.user_id AND coalesce(c.num, 0) < gone.until LIMIT $3)
       UNION ALL
       (SELECT id FROM chats c WHERE c.kind = 'personal' AND c.bot_id = gone.user_id AND coalesce(c.num, 0) < gone.until LIMIT $3)
     ) chat LIMIT $3)
   ORDER BY id FOR UPDATE`,
);
const LOCK_FAVORITES = statement(
  'chat_removals.lock_favorites',
  `SELECT ${DOOMED} FROM chats WHERE distinct_key = $1 FOR UPDATE`,
);
const DELETE = statement('chat_removals.delete', 'DELETE FROM chats WHERE id = ANY($1)');
const ADD_USER_TASK = statement(
  'chat_removals.add_user_task',
  `${addTasksFrom('user', `SELECT $1::text AS id, nextval('chats_num_seq') AS until`)} RETURNING until`,
);
const DELETE_EVENTS = statement(
  'chat_removals.delete_events',
  `DELETE FROM chat_events WHERE ctid = ANY(ARRAY(
     SELECT event.ctid FROM unnest($1::text[], $2::bigint[]) AS gone (chat_id, until)
     JOIN chat_events event ON event.chat_id = gone.chat_id AND event.seq <= gone.until LIMIT $3)) RETURNING 1`,
);

/** How chats go: their rows at once, what was said in them later. */
@Injectable()
export class ChatRemovalsRepository {
  constructor(private readonly database: Database) {}

  /** Also chats that are gone for readers. */
  lock(ids: readonly string[]): Promise<DoomedChat[]> {
    return this.database.query<DoomedChat>(LOCK, [ids]);
  }

  /** Locks personal chats of deleted users, up to a limit. @param untils the marks before which a chat is one of the deleted user */
  lockOfUsers(userIds: readonly string[], untils: readonly number[], limit: number): Promise<DoomedChat[]> {
    return this.database.query<DoomedChat>(LOCK_OF_USERS, [userIds, untils, limit]);
  }

  /** The chat that a user has with itself, if there is one. */
  lockFavorites(userId: string): Promise<DoomedChat[]> {
    return this.database.query<DoomedChat>(LOCK_FAVORITES, [favoritesKey(userId)]);
  }

  /** With the members. */
  async delete(ids: readonly string[]): Promise<void> {
    await this.database.query(DELETE, [ids]);
  }

  /** Writes the task that removes the chats of a deleted user. @returns its mark: higher than the number of every chat so far */
  async addUserTask(userId: string): Promise<number> {
    return (await this.database.query<{ until: number }>(ADD_USER_TASK, [userId]))[0].until;
  }

  /** @returns how many entries are gone, at most `limit` */
  async deleteEvents(chatIds: readonly string[], untils: readonly number[], limit: number): Promise<number> {
    return (await this.database.query(DELETE_EVENTS, [chatIds, untils, limit])).length;
  }
}
