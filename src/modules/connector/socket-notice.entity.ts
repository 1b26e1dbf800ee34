import { Column, Entity, ForeignKey, Index, PrimaryGeneratedColumn } from 'typeorm';

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
