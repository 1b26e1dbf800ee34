import { Injectable } from '@nestjs/common';
import { Database, statement } from '../../../core/database/database.js';
import { columnList } from '../../../core/database/entity-columns.js';
import { isLiveMessage } from '../../chats/index.js';
import { DeliveryEventEntity } from '../endpoint-health.entity.js';
import { AttemptEntity, DeliveryEntity, type DeliveryStatus } from '../delivery.entity.js';

export interface DeliveryFilter {
  botId?: string;
  endpointId?: string;
  status?: DeliveryStatus;
  since?: Date;
  until?: Date;
  /** The last delivery of the previous page. */
  after?: DeliveryCursor;
  limit: number;
}

/** A position in the order newest first; deliveries of the same time are ordered by endpoint, chat and entry. */
export interface DeliveryCursor {
  createdAt: string;
  endpointId: string;
  chatId: string;
  seq: number;
}

export interface FoundDelivery extends DeliveryEntity {
  botId: string;
  /** `createdAt` with its microseconds, for the cursor. */
  createdAtExact: string;
}

/** A subscription of the chat of a message, with the delivery of the message. */
export interface TracedSubscription {
  endpointId: string;
  botId: string;
  transport: string;
  format: string;
  cursorSeq: number;
  dueAt: Date | null;
  eventId: string | null;
  status: DeliveryStatus | null;
  reason: string | null;
  attempts: number | null;
  doneAt: Date | null;
}

export interface SubscriptionCounts {
  subscriptions: number;
  due: number;
  oldestDueAt: Date | null;
  /** Entries after the cursors of all subscriptions. */
  pending: number;
}

const LIST = statement(
  'inspection.list',
  `SELECT ${columnList(DeliveryEntity, 'd')}, e.bot_id AS "botId", d.created_at::text AS "createdAtExact"
   FROM deliveries d JOIN bot_endpoints e ON e.id = d.endpoint_id
   JOIN chats c ON c.id = d.chat_id AND d.seq > c.start_seq
   WHERE ($1::text IS NULL OR e.bot_id = $1) AND ($2::text IS NULL OR d.endpoint_id = $2) AND ($3::text IS NULL OR d.status = $3)
     AND ($4::timestamptz IS NULL OR d.created_at >= $4) AND ($5::timestamptz IS NULL OR d.created_at < $5)
     AND ($6::timestamptz IS NULL OR (d.created_at, d.endpoint_id, d.chat_id, d.seq) < ($6, $7, $8, $9::bigint))
   ORDER BY d.created_at DESC, d.endpoint_id DESC, d.chat_id DESC, d.seq DESC LIMIT $10`,
);
const TRACE = statement(
  'inspection.trace',
  `SELECT s.endpoint_id AS "endpointId", s.bot_id AS "botId", e.transport, e.format, s.cursor_seq AS "cursorSeq",
          s.due_at AS "dueAt", d.event_id AS "eventId", d.status, d.reason, d.attempts, d.done_at AS "doneAt"
   FROM subscriptions s JOIN bot_endpoints e ON e.id = s.endpoint_id
   LEFT JOIN deliveries d ON d.endpoint_id = s.endpoint_id AND d.chat_id = s.chat_id AND d.seq = $2
   WHERE s.chat_id = $1 ORDER BY s.endpoint_id`,
);
const ATTEMPTS = statement(
  'inspection.attempts',
  `SELECT ${columnList(AttemptEntity, 'a')}
   FROM subscriptions s JOIN attempts a ON a.endpoint_id = s.endpoint_id AND a.chat_id = s.chat_id
   JOIN bot_endpoints e ON e.id = s.endpoint_id
   WHERE s.chat_id = $1 AND a.seq = $2 ORDER BY a.id`,
);
const REPLIES = statement(
  'inspection.replies',
  `SELECT id, sender_id AS "senderId", created_at AS "createdAt" FROM messages
   WHERE chat_id = $1 AND seq > $2 AND parent_id = $3 AND removed_at IS NULL AND ${isLiveMessage('messages')} ORDER BY seq LIMIT 100`,
);
// A subscription has no row before the first entry after the endpoint was added.
const COUNTS = statement(
  'inspection.counts',
  `SELECT (SELECT count(*) FROM bot_endpoints e JOIN members m ON m.user_id = e.bot_id AND m.state = 'joined'
           WHERE e.id = $1) AS subscriptions,
          count(s.due_at) AS due, min(s.due_at) AS "oldestDueAt",
          coalesce(sum(greatest(least(c.last_seq, s.ends_seq) - s.cursor_seq, 0)), 0)::bigint AS pending
   FROM subscriptions s JOIN chats c ON c.id = s.chat_id WHERE s.endpoint_id = $1`,
);
const EVENTS = statement(
  'inspection.events',
  `SELECT ${columnList(DeliveryEventEntity)} FROM delivery_events
   WHERE ($1::text IS NULL OR endpoint_id = $1) AND ($2::text IS NULL OR bot_id = $2) AND ($3::bigint IS NULL OR id < $3)
   ORDER BY id DESC LIMIT $4`,
);

/** Reads deliveries, attempts and delivery events. */
@Injectable()
export class InspectionRepository {
  constructor(private readonly database: Database) {}

  list({ botId, endpointId, status, since, until, after, limit }: DeliveryFilter): Promise<FoundDelivery[]> {
    return this.database.query(LIST, [
      botId ?? null,
      endpointId ?? null,
      status ?? null,
      since ?? null,
      until ?? null,
      after?.createdAt ?? null,
      after?.endpointId ?? null,
      after?.chatId ?? null,
      after?.seq ?? null,
      limit,
    ]);
  }

  trace(chatId: string, seq: number): Promise<TracedSubscription[]> {
    return this.database.query(TRACE, [chatId, seq]);
  }

  attempts(chatId: string, seq: number): Promise<AttemptEntity[]> {
    return this.database.query(ATTEMPTS, [chatId, seq]);
  }

  findReplies(chatId: string, seq: number, id: string): Promise<{ id: string; senderId: string; createdAt: Date }[]> {
    return this.database.query(REPLIES, [chatId, seq, id]);
  }

  async counts(endpointId: string): Promise<SubscriptionCounts> {
    const [row] = await this.database.query<SubscriptionCounts>(COUNTS, [endpointId]);
    return row;
  }

  events(filter: {
    endpointId?: string;
    botId?: string;
    before?: number;
    limit: number;
  }): Promise<DeliveryEventEntity[]> {
    const { endpointId, botId, before, limit } = filter;
    return this.database.query(EVENTS, [endpointId ?? null, botId ?? null, before ?? null, limit]);
  }
}
