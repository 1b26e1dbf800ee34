import { Injectable } from '@nestjs/common';
import { Database, statement } from '../../core/database/database.js';
import type { SubscriptionKey } from './subscriptions.repository.js';

/** Subscriptions per transaction. */
const BATCH = 1000;

/** Transactions per call. */
const MAX_BATCHES = 20;

// Visits each subscription of the endpoint once, by key: a retry that is planned meanwhile keeps its time. The worker of a leased
// subscription plans its own retry.
const MAKE_DUE = statement(
  'retries.make_due',
  `WITH page AS MATERIALIZED (
     SELECT endpoint_id, chat_id FROM subscriptions WHERE endpoint_id = $1 AND chat_id > $2 ORDER BY chat_id LIMIT $3
   ), waiting AS (
     SELECT s.endpoint_id, s.chat_id FROM page JOIN subscriptions s USING (endpoint_id, chat_id)
     WHERE s.due_at > statement_timestamp() AND (s.lease_until IS NULL OR s.lease_until <= statement_timestamp())
     ORDER BY s.endpoint_id, s.chat_id FOR NO KEY UPDATE OF s
   ), made_due AS (
     UPDATE subscriptions SET due_at = clock_timestamp() FROM waiting
     WHERE subscriptions.endpoint_id = waiting.endpoint_id AND subscriptions.chat_id = waiting.chat_id RETURNING 1
   )
   SELECT (SELECT max(chat_id) FROM page) AS "lastChatId", (SELECT count(*) FROM page)::integer AS "seenCount",
          (SELECT count(*) FROM made_due)::integer AS "madeDueCount"`,
);
const SAVE_PROGRESS = statement(
  'retries.save_progress',
  `INSERT INTO endpoint_health (endpoint_id, retries_due_after) SELECT id, $2 FROM bot_endpoints WHERE id = $1
   ON CONFLICT (endpoint_id) DO UPDATE SET retries_due_after = excluded.retries_due_after`,
);
const NEXT = statement(
  'retries.next',
  `SELECT endpoint_id AS "endpointId", retries_due_after AS "after" FROM endpoint_health
   WHERE retries_due_after IS NOT NULL LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED`,
);
const FINISH = statement(
  'retries.finish',
  'UPDATE endpoint_health SET retries_due_after = NULL WHERE endpoint_id = $1',
);
// A leased subscription sets its own next due time.
const makeWaitingDue = (source: string, condition: string) =>
  `WITH waiting AS (
     SELECT s.endpoint_id, s.chat_id FROM ${source}
     WHERE ${condition} AND s.due_at > statement_timestamp()
       AND (s.lease_until IS NULL OR s.lease_until <= statement_timestamp())
     ORDER BY s.endpoint_id, s.chat_id FOR NO KEY UPDATE OF s)
   UPDATE subscriptions SET due_at = clock_timestamp() FROM waiting
   WHERE subscriptions.endpoint_id = waiting.endpoint_id AND subscriptions.chat_id = waiting.chat_id
   RETURNING subscriptions.endpoint_id AS "endpointId", subscriptions.chat_id AS "chatId"`;
const MAKE_CHATS_DUE = statement(
  'retries.make_chats_due',
  makeWaitingDue(
    'unnest($1::text[], $2::text[]) AS requested (endpoint_id, chat_id) JOIN subscriptions s USING (endpoint_id, chat_id)',
    's.due_at IS NOT NULL',
  ),
);
const MAKE_ENDPOINT_DUE = statement(
  'retries.make_endpoint_due',
  makeWaitingDue('subscriptions s', 's.endpoint_id = $1 AND s.due_at IS NOT NULL'),
);

interface Page {
  lastChatId: string | null;
  seenCount: number;
  madeDueCount: number;
}

/** Makes waiting subscriptions due at once: when an endpoint may be called again, or when a socket bot has responded. */
@Injectable()
export class RetriesRepository {
  constructor(private readonly database: Database) {}

  /** Handles the first batch in the open transaction; `continue` handles the rest. */
  async makeDue(endpointId: string): Promise<void> {
    const { seenCount, lastChatId } = await this.makePageDue(endpointId, '');
    if (seenCount === BATCH) await this.database.query(SAVE_PROGRESS, [endpointId, lastChatId]);
  }

  /** Handles further batches. @returns the endpoints and the number of retries that became due */
  async continue(): Promise<{ endpointIds: string[]; count: number }> {
    const endpointIds = new Set<string>();
    let count = 0;
    for (let batches = 0; batches < MAX_BATCHES; batches++) {
      const page = await this.database.transaction(() => this.continueOnce());
      if (!page) break;
      endpointIds.add(page.endpointId);
      count += page.madeDueCount;
    }
    return { endpointIds: [...endpointIds], count };
  }

  /** Makes these subscriptions due if they wait. @returns the subscriptions that became due */
  makeChatsDue(keys: readonly SubscriptionKey[]): Promise<SubscriptionKey[]> {
    const endpointIds = keys.map(({ endpointId }) => endpointId);
    return this.database.query(MAKE_CHATS_DUE, [endpointIds, keys.map(({ chatId }) => chatId)]);
  }

  /** Makes all waiting subscriptions of an endpoint due. @returns the subscriptions that became due */
  makeEndpointDue(endpointId: string): Promise<SubscriptionKey[]> {
    return this.database.query(MAKE_ENDPOINT_DUE, [endpointId]);
  }

  private async continueOnce(): Promise<(Page & { endpointId: string }) | undefined> {
    const [next] = await this.database.query<{ endpointId: string; after: string }>(NEXT);
    if (!next) return undefined;
    const page = await this.makePageDue(next.endpointId, next.after);
    if (page.seenCount < BATCH) await this.database.query(FINISH, [next.endpointId]);
    else await this.database.query(SAVE_PROGRESS, [next.endpointId, page.lastChatId]);
    return { ...page, endpointId: next.endpointId };
  }

  private async makePageDue(endpointId: string, after: string): Promise<Page> {
    const [page] = await this.database.query<Page>(MAKE_DUE, [endpointId, after, BATCH]);
    return page;
  }
}
