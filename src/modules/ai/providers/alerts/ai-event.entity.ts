import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';

/**
 * - `key.refused`, `key.recovered`: a key is invalid or has no quota and cannot be used; it works again
 * - `model.failing`, `model.recovered`: the circuit of a model opened after repeated failures or a long `retry-after`; it closed again
 * - `bot.misconfigured`: a model, a parameter or an address in the settings of a bot cannot be used
 * - `budget.low`, `budget.exhausted`: 80 % of the daily tokens of a bot are used, or all
 */
export const AI_EVENT_TYPES = [
  'key.refused',
  'key.recovered',
  'model.failing',
  'model.recovered',
  'bot.misconfigured',
  'budget.low',
  'budget.exhausted',
] as const;
export type AiEventType = (typeof AI_EVENT_TYPES)[number];

/** An alert about a key, a model or a bot for operators. It is kept when the bot is deleted. */
@Entity('ai_events')
@Index('ai_events_at_idx', ['at'])
@Index('ai_events_subject_id_idx', ['subject', 'id'])
export class AiEventEntity {
  @PrimaryGeneratedColumn('identity', { type: 'bigint' })
  id: number;

  @Column('timestamptz', { default: () => 'now()' })
  at: Date;

  @Column('text')
  type: AiEventType;

  /** Key, model or budget. The same type is not recorded twice in a row for a subject within an hour. */
  @Column('text')
  subject: string;

  /** The bot whose run caused the alert. */
  @Column('text')
  botId: string;

  /** Never contains secrets. */
  @Column('jsonb', { default: {} })
  details: Record<string, string | number>;
}
