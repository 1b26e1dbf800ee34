import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** The position of one endpoint in one chat's log, with its lease and due time. */
@Entity('subscriptions')
@Index('subscriptions_chat_id_idx', ['chatId'])
@Index('subscriptions_endpoint_id_due_at_idx', ['endpointId', 'dueAt'], { where: 'due_at IS NOT NULL' })
@Index('subscriptions_endpoint_id_leased_idx', ['endpointId'], { where: 'lease_token IS NOT NULL' })
@Index('subscriptions_ended_idx', ['endpointId', 'chatId'], { where: 'ends_seq IS NOT NULL' })
export class SubscriptionEntity {
  /** No foreign key: a job deletes the rows of a removed endpoint later, as they may be many. */
  @PrimaryColumn('text')
  endpointId: string;

  @PrimaryColumn('text')
  @ForeignKey('ChatEntity', { onDelete: 'CASCADE' })
  chatId: string;

  @Column('text')
  botId: string;

  /** The last log entry that is delivered, skipped or dead. */
  @Column('bigint')
  cursorSeq: number;

  /** The entry with which the bot left the chat: later entries are not for this endpoint. Null while the bot is a member. */
  @Column('bigint', { nullable: true })
  endsSeq: number | null;

  /** When the subscription needs a worker; null without work. All times are of the database clock. */
  @Column('timestamptz', { nullable: true })
  dueAt: Date | null;

  /** Fencing token of the lease: rejects late writes of a worker whose lease expired. */
  @Column('text', { nullable: true })
  leaseToken: string | null;

  @Column('timestamptz', { nullable: true })
  leaseUntil: Date | null;

  /** Attempts of the entry after the cursor. */
  @Column('integer', { default: 0 })
  headAttempts: number;

  /** The body of those attempts, so that each sends the same bytes. */
  @Column('bytea', { nullable: true })
  headBody: Buffer | null;

  /** Entries that were removed during the lease: their contents are not recorded. */
  @Column('bigint', { array: true, default: '{}' })
  erasedSeqs: number[];

  /** The newest entry that was given up, if nothing was delivered after it. */
  @Column('bigint', { nullable: true })
  gapSeq: number | null;

  /** Whether redeliveries of earlier entries are requested. */
  @Column('boolean', { default: false })
  hasRedeliveries: boolean;
}
