import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';

/**
 * - `key.refused`, `key.recovered`: a key was refused or has no money, so that nothing can be asked by it; it is good again
 * - `model.failing`, `model.recovered`: a model is left alone for a while after many failures, or as it asked; it answers again
 * - `bot.misconfigured`: a model, a parameter or an address of a bot's settings cannot be used
 * - `budget.low`, `budget.exhausted`: four fifths of the tokens that a bot may use in a day are used, or all
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

/** News of models and bots for operators. It outlives the bot. */
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

  /** What it is about: nothing is told of it twice in a row within an hour. */
  @Column('text')
  subject: string;

  /** The bot in whose answer it was seen. */
  @Column('text')
  botId: string;

  /** Facts that are worth knowing; never a secret. */
  @Column('jsonb', { default: {} })
  details: Record<string, string | number>;
}
