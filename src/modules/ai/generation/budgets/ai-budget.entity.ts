import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';

/** The tokens of one bot on one day: used, and reserved for active requests. */
@Entity('ai_budgets')
export class AiBudgetEntity {
  @PrimaryColumn('text')
  @ForeignKey('BotEntity', { onDelete: 'CASCADE' })
  botId: string;

  /** In UTC. */
  @PrimaryColumn('date')
  day: string;

  @Column('bigint', { default: 0 })
  used: number;

  @Column('bigint', { default: 0 })
  reserved: number;
}
