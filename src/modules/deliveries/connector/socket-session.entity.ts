import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** A process that holds sockets of bots. It says every few seconds that it lives; one that has not for a while is dead. */
@Entity('socket_processes')
export class SocketProcessEntity {
  @PrimaryColumn('text')
  id: string;

  /** Database clock. */
  @Column('timestamptz')
  seenAt: Date;
}

/** An open socket of a bot, and the process that holds it. */
@Entity('socket_sessions')
@Index('socket_sessions_bot_id_idx', ['botId'])
@Index('socket_sessions_process_id_idx', ['processId'])
export class SocketSessionEntity {
  @PrimaryColumn('text')
  id: string;

  @Column('text')
  @ForeignKey('BotEntity', { onDelete: 'CASCADE' })
  botId: string;

  @Column('text')
  @ForeignKey('SocketProcessEntity', { onDelete: 'CASCADE' })
  processId: string;

  /** Whether it is told what happens. Before that it has its place among the sessions of the bot, and nothing else. */
  @Column('boolean', { default: true })
  isHearing: boolean;
}
