import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** A word that a bot offers to people, who send it with a slash before it. */
@Entity('bot_commands')
@Index('bot_commands_bot_id_id_idx', ['botId', 'id'])
export class BotCommandEntity {
  @PrimaryColumn('text')
  id: string;

  @Column('text')
  @ForeignKey('BotEntity', { onDelete: 'CASCADE' })
  botId: string;

  @Column('text')
  alias: string;

  @Column('text', { default: '' })
  description: string;
}
