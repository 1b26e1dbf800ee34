import { Column, Entity, Index, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';
import type { DeliveryTrigger } from './transport.js';

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

/** An attempt to deliver an entry. */
@Entity('attempts')
@Index('attempts_at_idx', { synchronize: false })
@Index('attempts_endpoint_id_chat_id_seq_idx', ['endpointId', 'chatId', 'seq'])
export class AttemptEntity {
  @PrimaryGeneratedColumn('identity', { type: 'bigint' })
  id: number;

  @Column('text')
  endpointId: string;

  @Column('text')
  chatId: string;

  @Column('bigint')
  seq: number;

  /** 1 for the first attempt. */
  @Column('integer')
  number: number;

  @Column('timestamptz', { default: () => 'now()' })
  at: Date;

  /** Null without a response. */
  @Column('integer', { nullable: true })
  httpStatus: number | null;

  /** Empty after a delivery. */
  @Column('text', { default: '' })
  errorCode: string;

  @Column('integer')
  durationMs: number;

  /** The beginning of the response. */
  @Column('text', { default: '' })
  responseHead: string;

  /** The request that caused the event; empty if unknown. */
  @Column('text', { default: '' })
  requestId: string;

  @Column('text', { default: 'auto' })
  trigger: DeliveryTrigger;
}

/** An entry before the cursor that is to be delivered again. */
@Entity('redeliveries')
export class RedeliveryEntity {
  @PrimaryColumn('text')
  endpointId: string;

  @PrimaryColumn('text')
  chatId: string;

  @PrimaryColumn('bigint')
  seq: number;

  @Column('timestamptz', { default: () => 'now()' })
  createdAt: Date;
}
