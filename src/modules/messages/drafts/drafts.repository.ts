import { Injectable } from '@nestjs/common';
import { Database, statement } from '../../../core/database/database.js';
import type { DraftEntity } from './draft.entity.js';

const BEGIN = statement(
  'drafts.begin',
  `INSERT INTO drafts (id, chat_id, sender_id, token, body) VALUES ($1, $2, $3, $4, $5)
   ON CONFLICT (id) DO UPDATE SET token = excluded.token, body = excluded.body, updated_at = clock_timestamp()`,
);
const SAVE = statement(
  'drafts.save',
  `UPDATE drafts SET body = $3, updated_at = clock_timestamp() WHERE id = $1 AND token = $2 RETURNING id`,
);
const REMOVE = statement('drafts.remove', 'DELETE FROM drafts WHERE id = $1');
const FIND = statement('drafts.find', `SELECT body FROM drafts WHERE id = $1`);
const FIND_BY_CHATS = statement(
  'drafts.in_chats',
  `SELECT id, chat_id AS "chatId", sender_id AS "senderId", body FROM drafts WHERE chat_id = ANY($1)`,
);

export type DraftRow = Pick<DraftEntity, 'id' | 'chatId' | 'senderId' | 'body'>;

@Injectable()
export class DraftsRepository {
  constructor(private readonly database: Database) {}

  /** Creates the draft, or takes it over from another writer. */
  async begin({ id, chatId, senderId, body }: DraftRow, token: string): Promise<void> {
    await this.database.query(BEGIN, [id, chatId, senderId, token, body]);
  }

  /** @returns false if another writer has taken over the draft, or it was deleted */
  async save(id: string, token: string, body: string): Promise<boolean> {
    return (await this.database.query(SAVE, [id, token, body])).length > 0;
  }

  async remove(id: string): Promise<void> {
    await this.database.query(REMOVE, [id]);
  }

  async findBody(id: string): Promise<string | undefined> {
    const [row] = await this.database.query<{ body: string }>(FIND, [id]);
    return row?.body;
  }

  findByChats(chatIds: readonly string[]): Promise<DraftRow[]> {
    return this.database.query<DraftRow>(FIND_BY_CHATS, [chatIds]);
  }
}
