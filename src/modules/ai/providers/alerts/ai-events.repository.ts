import { Injectable } from '@nestjs/common';
import { Database, statement } from '../../../../core/database/database.js';
import { AiEventEntity, type AiEventType } from './ai-event.entity.js';

const INSERT = statement(
  'ai_events.insert',
  `INSERT INTO ai_events (type, subject, bot_id, details)
   SELECT $1::text, $2::text, $3, $4
   WHERE $1 IS DISTINCT FROM (SELECT last.type FROM ai_events last
                              WHERE last.subject = $2 AND last.at > now() - interval '1 hour' ORDER BY last.id DESC LIMIT 1)
   RETURNING id`,
);
const DELETE_EXPIRED = statement(
  'ai_events.delete_expired',
  `DELETE FROM ai_events WHERE at < now() - $1 * interval '1 day'`,
);

export interface AiEventFilter {
  botId?: string;
  type?: AiEventType;
  /** Only events before this id. */
  before?: number;
  limit: number;
}

@Injectable()
export class AiEventsRepository {
  constructor(private readonly database: Database) {}

  /** @returns false if the last event of the subject has the same type and is less than an hour old */
  async insert({ type, subject, botId, details }: Omit<AiEventEntity, 'id' | 'at'>): Promise<boolean> {
    return (await this.database.query(INSERT, [type, subject, botId, details])).length > 0;
  }

  /** Newest first. */
  list({ botId, type, before, limit }: AiEventFilter): Promise<AiEventEntity[]> {
    const query = this.database.manager
      .createQueryBuilder(AiEventEntity, 'event')
      .orderBy('event.id', 'DESC')
      .limit(limit);
    if (botId) query.andWhere('event.bot_id = :botId', { botId });
    if (type) query.andWhere('event.type = :type', { type });
    if (before) query.andWhere('event.id < :before', { before });
    return query.getMany();
  }

  async deleteExpired(days: number): Promise<void> {
    await this.database.query(DELETE_EXPIRED, [days]);
  }
}
