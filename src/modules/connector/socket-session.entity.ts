import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** A process with bot sockets. It records a heartbeat every few seconds; an expired heartbeat means that it is dead. */
@Entity('socket_processes')
export class SocketProcessEntity {
  @PrimaryColumn('text')
  id: string;

  /** Last heartbeat, by the database clock. */
  @Column('timestamptz')
  seenAt: Date;
}

/** An open bot socket and its process. */
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

  /** Whether events are delivered to it. Before that it only holds a session slot. */
  @Column('boolean', { default: true })
  isActive: boolean;
}
