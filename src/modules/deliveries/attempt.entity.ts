import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';
import type { DeliveryTrigger } from './transport.js';

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
