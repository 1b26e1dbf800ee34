import { Injectable } from '@nestjs/common';
import { Database, statement } from '../../../core/database/database.js';
import { isLiveMessage } from '../../chats/index.js';
import type { SubscriptionKey } from '../subscriptions.repository.js';

/** The entries to redeliver: those that were given up, or all that the bot has missed. */
export type RedeliveryScope = 'dead' | 'missing';

/** Skip reasons that no longer apply at a redelivery. Other reasons still apply. */
const MISSED_REASONS = `('expired', 'bot_disabled')`;
const CHOSEN: Record<RedeliveryScope, string> = {
  dead: `SELECT d.endpoint_id, d.chat_id, d.seq FROM deliveries d JOIN chats c ON c.id = d.chat_id AND d.seq > c.start_seq
         WHERE d.endpoint_id = $1 AND d.status = 'dead' AND d.done_at >= $2`,
  missing: `SELECT s.endpoint_id, s.chat_id, m.seq FROM subscriptions s
            JOIN messages m ON m.chat_id = s.chat_id AND m.seq <= s.cursor_seq AND m.created_at >= $2
            LEFT JOIN deliveries d ON d.endpoint_id = s.endpoint_id AND d.chat_id = s.chat_id AND d.seq = m.seq
            WHERE s.endpoint_id = $1 AND m.removed_at IS NULL AND ${isLiveMessage('m')} AND m.sender_id IS NOT NULL AND m.sender_id <> s.bot_id
              AND (d.seq IS NULL OR d.status = 'dead' OR (d.status = 'skipped' AND d.reason IN ${MISSED_REASONS}))`,
};

const count = (scope: RedeliveryScope) =>
  statement(`redeliveries.count_${scope}`, `SELECT count(*) AS count FROM (${CHOSEN[scope]}) chosen`);
const addAll = (scope: RedeliveryScope) =>
  statement(
    `redeliveries.add_${scope}`,
    `INSERT INTO redeliveries (endpoint_id, chat_id, seq) ${CHOSEN[scope]} ON CONFLICT DO NOTHING RETURNING chat_id AS "chatId"`,
  );
const COUNT = { dead: count('dead'), missing: count('missing') };
const ADD_ALL = { dead: addAll('dead'), missing: addAll('missing') };

const ADD_ONE = statement(
  'redeliveries.add_one',
  `INSERT INTO redeliveries (endpoint_id, chat_id, seq)
   SELECT endpoint_id, chat_id, $3 FROM subscriptions WHERE endpoint_id = $1 AND chat_id = $2 AND cursor_seq >= $3
   ON CONFLICT (endpoint_id, chat_id, seq) DO UPDATE SET created_at = redeliveries.created_at RETURNING chat_id AS "chatId"`,
);
// The worker of a subscription checks the flag and the due time of the row before it ends its lease. So the time is also written if the
// lease has expired, since the worker may be alive.
const WAKE = statement(
  'redeliveries.wake',
  `WITH chosen AS (
     SELECT endpoint_id, chat_id FROM subscriptions WHERE endpoint_id = $1 AND chat_id = ANY($2)
     ORDER BY endpoint_id, chat_id FOR NO KEY UPDATE)
   UPDATE subscriptions SET has_redeliveries = true,
     due_at = CASE WHEN due_at IS NULL OR lease_token IS NOT NULL THEN clock_timestamp() ELSE due_at END
   FROM chosen WHERE subscriptions.endpoint_id = chosen.endpoint_id AND subscriptions.chat_id = chosen.chat_id`,
);
const NEXT = statement(
  'redeliveries.next',
  `SELECT r.seq, coalesce(d.attempts, 0) AS attempts, d.status
   FROM redeliveries r LEFT JOIN deliveries d USING (endpoint_id, chat_id, seq)
   WHERE endpoint_id = $1 AND chat_id = $2 ORDER BY seq LIMIT 1`,
);
const REMOVE = statement(
  'redeliveries.remove',
  'DELETE FROM redeliveries WHERE endpoint_id = $1 AND chat_id = $2 AND seq = $3',
);

/** Stores requested redeliveries. */
@Injectable()
export class RedeliveriesRepository {
  constructor(private readonly database: Database) {}

  async count(endpointId: string, scope: RedeliveryScope, since: Date): Promise<number> {
    const [row] = await this.database.query<{ count: number }>(COUNT[scope], [endpointId, since]);
    return row.count;
  }

  /** @returns the number of added redeliveries */
  addAll(endpointId: string, scope: RedeliveryScope, since: Date): Promise<number> {
    return this.database.transaction(async () => {
      const rows = await this.database.query<{ chatId: string }>(ADD_ALL[scope], [endpointId, since]);
      await this.wake(endpointId, rows);
      return rows.length;
    });
  }

  /** @returns false if the subscription has not reached the entry or does not exist */
  addOne({ endpointId, chatId }: SubscriptionKey, seq: number): Promise<boolean> {
    return this.database.transaction(async () => {
      const rows = await this.database.query<{ chatId: string }>(ADD_ONE, [endpointId, chatId, seq]);
      await this.wake(endpointId, rows);
      return rows.length > 0;
    });
  }

  /** @returns the oldest requested entry of a subscription, with its number of attempts */
  async next({
    endpointId,
    chatId,
  }: SubscriptionKey): Promise<{ seq: number; attempts: number; status: string | null } | undefined> {
    const [row] = await this.database.query<{ seq: number; attempts: number; status: string | null }>(NEXT, [
      endpointId,
      chatId,
    ]);
    return row;
  }

  async remove({ endpointId, chatId }: SubscriptionKey, seq: number): Promise<void> {
    await this.database.query(REMOVE, [endpointId, chatId, seq]);
  }

  private async wake(endpointId: string, rows: readonly { chatId: string }[]): Promise<void> {
    if (rows.length > 0) await this.database.query(WAKE, [endpointId, [...new Set(rows.map(({ chatId }) => chatId))]]);
  }
}
