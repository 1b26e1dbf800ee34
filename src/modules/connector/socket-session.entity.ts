import { Column, Entity, ForeignKey, Index, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';

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

/** A notice for a session about a change that no chat log contains. It is kept until it is sent or the session closes. */
@Entity('socket_notices')
@Index('socket_notices_session_id_idx', ['sessionId'])
export class SocketNoticeEntity {
  /** Rises in the order of the changes to one chat. */
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS' })
  id: number;

  @Column('text')
  @ForeignKey('SocketSessionEntity', { onDelete: 'CASCADE' })
  sessionId: string;

  /**
   * - `opened`: a personal chat was opened
   * - `removed`: a chat was removed
   * - `hidden`: the bot removed a message for itself
   * - `cleared`: the bot cleared the history of a chat for itself
   */
  @Column('text')
  kind: 'opened' | 'removed' | 'hidden' | 'cleared';

  /** No foreign key: the chat may be removed. */
  @Column('text')
  chatId: string;

  /** Of `hidden` only. */
  @Column('text', { default: '' })
  messageId: string;
}
