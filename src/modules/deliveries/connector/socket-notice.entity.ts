import { Column, Entity, ForeignKey, Index, PrimaryGeneratedColumn } from 'typeorm';

/** What a session must still be told that stands in no log: kept until it is, or until the session is over. */
@Entity('socket_notices')
@Index('socket_notices_session_id_idx', ['sessionId'])
export class SocketNoticeEntity {
  /** In the order in which things have happened to one chat. */
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS' })
  id: number;

  @Column('text')
  @ForeignKey('SocketSessionEntity', { onDelete: 'CASCADE' })
  sessionId: string;

  /**
   * - `opened`: a chat of two is there
   * - `removed`: a chat is gone
   * - `hidden`: the bot has removed a message for itself
   * - `cleared`: the bot has cleared a chat's history for itself
   */
  @Column('text')
  kind: 'opened' | 'removed' | 'hidden' | 'cleared';

  /** No foreign key: the chat may be what is gone. */
  @Column('text')
  chatId: string;

  /** Of `hidden`. */
  @Column('text', { default: '' })
  messageId: string;
}
