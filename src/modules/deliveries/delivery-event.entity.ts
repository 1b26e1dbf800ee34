import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';

export type DeliveryEventType =
  | 'endpoint.failing'
  | 'endpoint.still_failing'
  | 'endpoint.disabled'
  | 'endpoint.recovered'
  | 'endpoint.paused'
  | 'endpoint.resumed'
  | 'invariant.repaired';

/** A notification for operators about an endpoint. It outlives the endpoint. */
@Entity('delivery_events')
@Index('delivery_events_endpoint_id_id_idx', ['endpointId', 'id'])
@Index('delivery_events_at_idx', ['at'])
export class DeliveryEventEntity {
  @PrimaryGeneratedColumn('identity', { type: 'bigint' })
  id: number;

  @Column('timestamptz', { default: () => 'now()' })
  at: Date;

  @Column('text')
  type: DeliveryEventType;

  @Column('text')
  endpointId: string;

  @Column('text')
  botId: string;

  /** Additional facts; never a secret. */
  @Column('jsonb', { default: {} })
  details: Record<string, string | number>;
}
