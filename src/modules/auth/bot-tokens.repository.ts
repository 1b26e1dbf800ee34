import { Injectable } from '@nestjs/common';
import { Database, statement, settleAll } from '../../core/database/database.js';
import type { BotTokenEntity } from './bot-token.entity.js';

const LIVE = `(expires_at IS NULL OR expires_at > now())`;
/** Whether the user of the bot is active. */
const IS_ACTIVE = `EXISTS (SELECT 1 FROM users u WHERE u.id = bot_id AND u.is_active)`;
/** Subquery: the newest token of a bot, encrypted. @param id an expression: the bot's id */
export const newestTokenOf = (id: string): string =>
  `(SELECT token_encrypted FROM bot_tokens WHERE bot_id = ${id} AND ${LIVE} ORDER BY created_at DESC LIMIT 1)`;
const IS_VALID = statement(
  'bot_tokens.is_valid',
  `SELECT 1 FROM bot_tokens WHERE hash = $1 AND bot_id = $2 AND suspended_at IS NULL AND ${LIVE} AND ${IS_ACTIVE}`,
);
const STATE_OF = statement(
  'bot_tokens.state_of',
  `SELECT suspended_at IS NOT NULL OR NOT ${IS_ACTIVE} AS "isSuspended" FROM bot_tokens WHERE hash = $1 AND bot_id = $2 AND ${LIVE}`,
);
const NEWEST = statement(
  'bot_tokens.newest',
  `SELECT DISTINCT ON (bot_id) bot_id AS "botId", token_encrypted AS "tokenEncrypted" FROM bot_tokens
   WHERE bot_id = ANY($1) AND ${LIVE} ORDER BY bot_id, created_at DESC`,
);

// The newest earlier token stays valid for a while; so a bot has at most two.
const REPLACE = statement(
  'bot_tokens.replace',
  `WITH newest AS (SELECT hash FROM bot_tokens WHERE bot_id = $1 AND ${LIVE} ORDER BY created_at DESC LIMIT 1),
        gone AS (DELETE FROM bot_tokens WHERE bot_id = $1 AND ($2 = 0 OR hash NOT IN (SELECT hash FROM newest))),
        kept AS (UPDATE bot_tokens SET expires_at = least(expires_at, now() + $2 * interval '1 second')
                 WHERE $2 > 0 AND hash IN (SELECT hash FROM newest))
   INSERT INTO bot_tokens (bot_id, hash, token_encrypted, created_at, expires_at, suspended_at)
   SELECT $1, $3, $4, $5, $6, max(suspended_at) FROM bot_tokens WHERE bot_id = $1`,
);
const SUSPEND = statement(
  'bot_tokens.suspend',
  `UPDATE bot_tokens SET suspended_at = CASE WHEN $2 THEN now() END WHERE bot_id = $1`,
);

const LOCK_BOT = statement('bot_tokens.lock_bot', 'SELECT 1 FROM users WHERE id = $1 FOR NO KEY UPDATE');

/** `suspended`: valid again once the bot is enabled. */
export type BotTokenState = 'valid' | 'suspended' | 'unknown';

@Injectable()
export class BotTokensRepository {
  constructor(private readonly database: Database) {}

  async isValid(hash: Buffer, botId: string): Promise<boolean> {
    return (await this.database.query(IS_VALID, [hash, botId])).length > 0;
  }

  async stateOf(hash: Buffer, botId: string): Promise<BotTokenState> {
    const [row] = await this.database.query<{ isSuspended: boolean }>(STATE_OF, [hash, botId]);
    if (!row) return 'unknown';
    return row.isSuspended ? 'suspended' : 'valid';
  }

  newest(botIds: readonly string[]): Promise<{ botId: string; tokenEncrypted: Buffer }[]> {
    return this.database.query(NEWEST, [botIds]);
  }

  /**
   * Adds a token. The previous one stays valid for some seconds; all others are deleted. The lock on the bot's row serializes
   * concurrent calls.
   */
  async replace(token: Omit<BotTokenEntity, 'suspendedAt'>, overlapSeconds: number): Promise<void> {
    const { botId, hash, tokenEncrypted, createdAt, expiresAt } = token;
    await settleAll([
      this.database.query(LOCK_BOT, [botId]),
      this.database.query(REPLACE, [botId, overlapSeconds, hash, tokenEncrypted, createdAt, expiresAt]),
    ]);
  }

  async setSuspended(botId: string, suspended: boolean): Promise<void> {
    await this.database.query(LOCK_BOT, [botId]);
    await this.database.query(SUSPEND, [botId, suspended]);
  }
}
