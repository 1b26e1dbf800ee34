import { Injectable } from '@nestjs/common';
import { Database, statement } from '../../core/database/database.js';
import { columnList } from '../../core/database/entity-columns.js';
import { SocketNoticeEntity } from './socket-session.entity.js';

/** A notice for one session. */
export interface SocketNotice extends SocketNoticeEntity {
  botId: string;
}

/** A notice for all sessions of these bots except the session that caused the change. */
export interface NewNotice extends Pick<SocketNotice, 'kind' | 'chatId' | 'messageId'> {
  botIds: readonly string[];
  exceptSession: string;
}

// The lock keeps a concurrently closing session from violating the foreign key and rolling back the change.
const insertFor = (condition: string) =>
  `WITH recipients AS (
     SELECT id, bot_id FROM socket_sessions WHERE bot_id = ANY($4) AND id <> $5 AND is_active AND ${condition} FOR KEY SHARE
   ), created AS (
     INSERT INTO socket_notices (session_id, kind, chat_id, message_id) SELECT id, $1, $2, $3 FROM recipients)
   SELECT DISTINCT bot_id AS "botId" FROM recipients`;

const CREATE = statement('socket_notices.create', insertFor('true'));
/** Groups, channels and favorites have a chat log entry instead. */
const CREATE_OPENED = statement(
  'socket_notices.create_opened',
  insertFor(`EXISTS (SELECT FROM chats WHERE chats.id = $2 AND kind = 'personal')`),
);
const PENDING = statement(
  'socket_notices.pending',
  `SELECT ${columnList(SocketNoticeEntity, 'notice')}, bot_id AS "botId"
   FROM socket_notices notice JOIN socket_sessions s ON s.id = notice.session_id
   WHERE s.process_id = $1 ORDER BY notice.id`,
);
const REMOVE = statement('socket_notices.remove', 'DELETE FROM socket_notices WHERE id = ANY($1)');

@Injectable()
export class SocketNoticesRepository {
  constructor(private readonly database: Database) {}

  /** Runs in the transaction of the change. @returns the bots with sessions to notify */
  async create({ kind, chatId, messageId, botIds, exceptSession }: NewNotice): Promise<string[]> {
    const rows = await this.database.query<{ botId: string }>(kind === 'opened' ? CREATE_OPENED : CREATE, [
      kind,
      chatId,
      messageId,
      botIds,
      exceptSession,
    ]);
    return rows.map(({ botId }) => botId);
  }

  /** Pending notices for the sessions of a process, in order. */
  listPending(processId: string): Promise<SocketNotice[]> {
    return this.database.query(PENDING, [processId]);
  }

  async delete(ids: readonly number[]): Promise<void> {
    await this.database.query(REMOVE, [ids]);
  }
}
