import { Column, Entity, ForeignKey, PrimaryColumn, Index, PrimaryGeneratedColumn } from 'typeorm';

/**
 * - `closed`: calls are allowed
 * - `open`: all calls fail; one subscription at a time probes the endpoint
 * - `ramping`: the endpoint recovers; the number of concurrent subscriptions rises step by step
 * - `disabled`: no calls until an operator resumes the endpoint or its address changes
 */
export type CircuitState = 'closed' | 'open' | 'ramping' | 'disabled';

/** The health of an endpoint, shared by all workers. An endpoint that never failed has no row. */
@Entity('endpoint_health')
export class EndpointHealthEntity {
  @PrimaryColumn('text')
  @ForeignKey('BotEndpointEntity', { onDelete: 'CASCADE' })
  endpointId: string;

  @Column('text', { default: 'closed' })
  state: CircuitState;

  /** Set by an operator, in any state. */
  @Column('boolean', { default: false })
  isPaused: boolean;

  /** End of the time without calls, until the next probe or by `Retry-After`. */
  @Column('timestamptz', { nullable: true })
  blockedUntil: Date | null;

  @Column('timestamptz', { nullable: true })
  failingSince: Date | null;

  /** Failures since the last success. */
  @Column('integer', { default: 0 })
  failStreak: number;

  @Column('timestamptz', { nullable: true })
  lastSuccessAt: Date | null;

  @Column('timestamptz', { nullable: true })
  lastFailureAt: Date | null;

  @Column('text', { default: '' })
  lastError: string;

  /** Events given up since the last success. */
  @Column('integer', { default: 0 })
  deadCount: number;

  /** Probes that have failed since the circuit opened. */
  @Column('integer', { default: 0 })
  probes: number;

  /** Maximum concurrent subscriptions while `ramping`. */
  @Column('integer', { default: 0 })
  ramp: number;

  /** When operators were last notified of a failure. */
  @Column('timestamptz', { nullable: true })
  failingReportedAt: Date | null;

  /** Quarters of the time until `disabled` for which operators were notified. */
  @Column('integer', { default: 0 })
  quartersReported: number;

  @Column('text', { default: '' })
  disabledReason: string;

  /** The last chat whose retries were made due, while that is in progress; null otherwise. */
  @Column('text', { nullable: true })
  retriesDueAfter: string | null;
}

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
