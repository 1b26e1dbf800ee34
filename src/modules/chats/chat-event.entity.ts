import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { MemberRole } from './member.entity.js';

export type ChatEventType =
  | 'member.joined'
  | 'member.invited'
  | 'member.declined'
  | 'member.left'
  | 'chat.changed'
  | 'message.edited'
  | 'message.removed';

/** Details of an entry. Roles are the new roles of the members. */
export interface ChatEventDetails {
  /** For `chat.changed`. */
  title?: string;
  coverUrl?: string;
  roles?: Record<string, MemberRole | 'owner'>;
  /** The history before this entry was cleared for all members. */
  isCleared?: boolean;
  /** For `member.joined`: an initial member of the chat. */
  isInitial?: boolean;
}

/** A chat log entry other than a message. No foreign key: a deletion task deletes the entries of a deleted chat. */
@Entity('chat_events')
@Index('chat_events_chat_id_created_at_idx', ['chatId', 'createdAt'])
@Index('chat_events_members_idx', ['chatId', 'subjectId', 'seq'], {
  where: `type IN ('member.joined', 'member.invited', 'member.declined', 'member.left')`,
})
export class ChatEventEntity {
  @PrimaryColumn('text')
  chatId: string;

  @PrimaryColumn('bigint')
  seq: number;

  @Column('text')
  type: ChatEventType;

  /** The acting user; null for a service. */
  @Column('text', { nullable: true })
  actorId: string | null;

  /** The affected user or message. */
  @Column('text', { nullable: true })
  subjectId: string | null;

  @Column('jsonb', { nullable: true })
  details: ChatEventDetails | null;

  /** The id of the request that caused the entry; empty if unknown. */
  @Column('text', { default: '' })
  requestId: string;

  @Column({ type: 'timestamptz', precision: 3 })
  createdAt: Date;
}
