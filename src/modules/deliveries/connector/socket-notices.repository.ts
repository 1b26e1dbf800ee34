import { Injectable } from '@nestjs/common';
import { Database, statement } from '../../../core/database/database.js';
import type { SocketNoticeEntity } from './socket-notice.entity.js';

/** Something for one session. */
export interface SocketNotice extends SocketNoticeEntity {
  botId: string;
}

/** What is to be told, and to whose sessions: all but the one that has done it. */
export interface NewNotice extends Pick<SocketNotice, 'kind' | 'chatId' | 'messageId'> {
  botIds: readonly string[];
  exceptSession: string;
}

// Locked, since a session that parts at this very moment would make the foreign key refuse the whole change.
const noteTo = (condition: string) =>
  `WITH concerned AS (
     SELECT id, bot_id FROM socket_sessions WHERE bot_id = ANY($4) AND id <> $5 AND is_hearing AND ${condition} FOR KEY SHARE
   ), noted AS (
     INSERT INTO socket_notices (session_id, kind, chat_id, message_id) SELECT id, $1, $2, $3 FROM concerned)
   SELECT DISTINCT bot_id AS "botId" FROM concerned`;

const NOTE = statement('socket_notices.note', noteTo('true'));
/** Of groups, channels and favorites the log tells. */
const NOTE_OPENED = statement(
  'socket_notices.note_opened',
  noteTo(`EXISTS (SELECT FROM chats WHERE chats.id = $2 AND kind = 'personal')`),
);
const WAITING = statement(
  'socket_notices.waiting',
  `SELECT notice.id, session_id AS "sessionId", bot_id AS "botId", kind, chat_id AS "chatId", message_id AS "messageId"
   FROM socket_notices notice JOIN socket_sessions s ON s.id = notice.session_id
   WHERE s.process_id = $1 ORDER BY notice.id`,
);
const REMOVE = statement('socket_notices.remove', 'DELETE FROM socket_notices WHERE id = ANY($1)');

/** What sessions must still be told that stands in no log. */
@Injectable()
export class SocketNoticesRepository {
  constructor(private readonly database: Database) {}

  /** Belongs into the transaction of what has happened. @returns the bots that have sessions to be told */
  async note({ kind, chatId, messageId, botIds, exceptSession }: NewNotice): Promise<string[]> {
    const rows = await this.database.query<{ botId: string }>(kind === 'opened' ? NOTE_OPENED : NOTE, [
      kind,
      chatId,
      messageId,
      botIds,
      exceptSession,
    ]);
    return rows.map(({ botId }) => botId);
  }

  /** What waits for the sessions of a process, in order. */
  waiting(processId: string): Promise<SocketNotice[]> {
    return this.database.query(WAITING, [processId]);
  }

  async remove(ids: readonly number[]): Promise<void> {
    await this.database.query(REMOVE, [ids]);
  }
}
