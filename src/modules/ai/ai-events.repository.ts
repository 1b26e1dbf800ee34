import { Injectable } from '@nestjs/common';
import { Database, statement } from '../../core/database/database.js';
import { AiEventEntity, type AiEventType } from './ai-event.entity.js';

const INSERT = statement(
  'ai_events.insert',
  `INSERT INTO ai_events (type, subject, bot_id, details)
   SELECT $1::text, $2::text, $3, $4
   WHERE $1 IS DISTINCT FROM (SELECT told.type FROM ai_events told
                              WHERE told.subject = $2 AND told.at > now() - interval '1 hour' ORDER BY told.id DESC LIMIT 1)
   RETURNING id`,
);
const FORGET = statement('ai_events.forget', `DELETE FROM ai_events WHERE at < now() - $1 * interval '1 day'`);

export interface AiEventFilter {
  botId?: string;
  type?: AiEventType;
  /** Only those before the one with this id. */
  before?: number;
  limit: number;
}

@Injectable()
export class AiEventsRepository {
  constructor(private readonly database: Database) {}

  /** @returns false when it was the last thing told of the subject, within the hour */
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

  async forget(days: number): Promise<void> {
    await this.database.query(FORGET, [days]);
  }
}
