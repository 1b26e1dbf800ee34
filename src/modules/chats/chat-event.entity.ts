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

/** What an entry says beside its type. Roles are those that the members have from then on. */
export interface ChatEventDetails {
  /** Of `chat.changed`. */
  title?: string;
  coverUrl?: string;
  roles?: Record<string, MemberRole | 'owner'>;
  /** All that was said before is gone for all. */
  isCleared?: boolean;
  /** Of `member.joined`: the chat has begun with this member. */
  isFounding?: boolean;
}

/** An entry of a chat's log that is not a message. No foreign key: a deletion task removes those of a deleted chat. */
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

  /** Who did it; null for the operator. */
  @Column('text', { nullable: true })
  actorId: string | null;

  /** The user or the message that it is about. */
  @Column('text', { nullable: true })
  subjectId: string | null;

  @Column('jsonb', { nullable: true })
  details: ChatEventDetails | null;

  /** The request that did it; empty when it is not known. */
  @Column('text', { default: '' })
  requestId: string;

  @Column({ type: 'timestamptz', precision: 3 })
  createdAt: Date;
}
