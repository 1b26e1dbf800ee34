import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** The cursor of one endpoint in one chat: how far down the chat's log it is done, and when to look again. */
@Entity('lanes')
@Index('lanes_chat_id_idx', ['chatId'])
@Index('lanes_endpoint_id_due_at_idx', ['endpointId', 'dueAt'], { where: 'due_at IS NOT NULL' })
@Index('lanes_endpoint_id_leased_idx', ['endpointId'], { where: 'lease_token IS NOT NULL' })
@Index('lanes_ended_idx', ['endpointId', 'chatId'], { where: 'ends_seq IS NOT NULL' })
export class LaneEntity {
  /** No foreign key: the rows of an endpoint that is removed may be many, and go later. */
  @PrimaryColumn('text')
  endpointId: string;

  @PrimaryColumn('text')
  @ForeignKey('ChatEntity', { onDelete: 'CASCADE' })
  chatId: string;

  @Column('text')
  botId: string;

  /** The last entry of the log that is done: delivered, skipped or dead. */
  @Column('bigint')
  cursorSeq: number;

  /** The entry with which the bot has left the chat: nothing behind it is for this endpoint. Null while the bot is a member. */
  @Column('bigint', { nullable: true })
  endsSeq: number | null;

  /** When the lane wants a worker; null when it has nothing to do. Database clock, like all times here. */
  @Column('timestamptz', { nullable: true })
  dueAt: Date | null;

  /** Who serves the lane: a fence that turns away the late writes of a worker that was thought dead. */
  @Column('text', { nullable: true })
  leaseToken: string | null;

  @Column('timestamptz', { nullable: true })
  leaseUntil: Date | null;

  /** Tries that the entry behind the cursor has had. */
  @Column('integer', { default: 0 })
  headAttempts: number;

  /** The body of those tries, so that each sends the same bytes. */
  @Column('bytea', { nullable: true })
  headBody: Buffer | null;

  /** Entries that were removed while the lane was being served: nothing of them is written down any more. */
  @Column('bigint', { array: true, default: '{}' })
  erasedSeqs: number[];

  /** The newest entry that was given up, as long as nothing was delivered after it. */
  @Column('bigint', { nullable: true })
  gapSeq: number | null;

  /** Somebody has asked for entries that are behind the cursor already. */
  @Column('boolean', { default: false })
  hasRedeliveries: boolean;
}
