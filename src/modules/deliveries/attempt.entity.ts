import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';
import type { DeliveryTrigger } from './transport.js';

/** One try to deliver one entry. */
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

  /** 1 for the first try. */
  @Column('integer')
  number: number;

  @Column('timestamptz', { default: () => 'now()' })
  at: Date;

  /** Null when no answer came. */
  @Column('integer', { nullable: true })
  httpStatus: number | null;

  /** Empty when it was delivered. */
  @Column('text', { default: '' })
  errorCode: string;

  @Column('integer')
  durationMs: number;

  /** The beginning of what the bot answered. */
  @Column('text', { default: '' })
  responseHead: string;

  /** The request that caused the event, when it is known. */
  @Column('text', { default: '' })
  requestId: string;

  @Column('text', { default: 'auto' })
  trigger: DeliveryTrigger;
}
