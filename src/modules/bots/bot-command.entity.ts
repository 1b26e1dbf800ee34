import { Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import { BotEntity } from './bot.entity.js';

/** A word that a bot offers to people, who send it with a slash before it. */
@Entity('bot_commands')
@Index('bot_commands_bot_id_id_idx', ['botId', 'id'])
export class BotCommandEntity {
  @PrimaryColumn('text')
  id: string;

  @Column('text')
  botId: string;

  @ManyToOne(() => BotEntity, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'bot_id' })
  bot: BotEntity;

  @Column('text')
  alias: string;

  @Column('text', { default: '' })
  description: string;
}
