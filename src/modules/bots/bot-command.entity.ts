import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** A command of a bot. Users send it with a leading slash. */
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
