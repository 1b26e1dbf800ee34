import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

export type DeliveryStatus = 'pending' | 'delivered' | 'skipped' | 'dead';

/** The delivery of a log entry to an endpoint. */
@Entity('deliveries')
@Index('deliveries_created_at_idx', ['createdAt'])
@Index('deliveries_failed_idx', ['endpointId', 'createdAt'], { where: `status IN ('dead', 'pending')` })
export class DeliveryEntity {
  @PrimaryColumn('text')
  endpointId: string;

  @PrimaryColumn('text')
  chatId: string;

  @PrimaryColumn('bigint')
  seq: number;

  /** The same for all attempts and endpoints, so that a receiver can drop duplicates. */
  @Column('text')
  eventId: string;

  @Column('text')
  status: DeliveryStatus;

  /** Why it was skipped or given up: `own_message`, `not_member`, `privacy_mode`, `http_404`, ... */
  @Column('text', { default: '' })
  reason: string;

  @Column('integer', { default: 0 })
  attempts: number;

  @Column('timestamptz', { default: () => 'now()' })
  createdAt: Date;

  @Column('timestamptz', { nullable: true })
  doneAt: Date | null;
}
