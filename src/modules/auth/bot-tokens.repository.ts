import { Injectable } from '@nestjs/common';
import { Database, statement } from '../../core/database/database.js';
import { BotTokenEntity } from './bot-token.entity.js';

const LIVE = `(expires_at IS NULL OR expires_at > now())`;
const IS_VALID = statement(
  'bot_tokens.is_valid',
  `SELECT 1 FROM bot_tokens WHERE hash = $1 AND bot_id = $2 AND ${LIVE}`,
);
const NEWEST = statement(
  'bot_tokens.newest',
  `SELECT DISTINCT ON (bot_id) bot_id AS "botId", sealed FROM bot_tokens
   WHERE bot_id = ANY($1) AND ${LIVE} ORDER BY bot_id, created_at DESC`,
);

const LOCK_BOT = statement('bot_tokens.lock_bot', 'SELECT 1 FROM users WHERE id = $1 FOR NO KEY UPDATE');

@Injectable()
export class BotTokensRepository {
  constructor(private readonly database: Database) {}

  async isValid(hash: Buffer, botId: string): Promise<boolean> {
    return (await this.database.query(IS_VALID, [hash, botId])).length > 0;
  }

  newest(botIds: readonly string[]): Promise<{ botId: string; sealed: Buffer }[]> {
    return this.database.query(NEWEST, [botIds]);
  }

  /** Of two that do this at once for the same bot, the later one finds and removes the token of the earlier. */
  async replaceAll(token: BotTokenEntity): Promise<void> {
    await this.database.query(LOCK_BOT, [token.botId]);
    await this.database.manager.delete(BotTokenEntity, { botId: token.botId });
    await this.database.manager.insert(BotTokenEntity, token);
  }
}
