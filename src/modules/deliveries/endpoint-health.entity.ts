import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';

/**
 * - `closed`: calls go out
 * - `open`: the endpoint fails as a whole; one lane at a time asks whether it is back
 * - `ramping`: it is back, and gets its lanes little by little
 * - `disabled`: given up, until somebody sets its address anew or resumes it
 */
export type CircuitState = 'closed' | 'open' | 'ramping' | 'disabled';

/** How an endpoint has been doing, shared by all workers. No row: nothing was ever wrong. */
@Entity('endpoint_health')
export class EndpointHealthEntity {
  @PrimaryColumn('text')
  @ForeignKey('BotEndpointEntity', { onDelete: 'CASCADE' })
  endpointId: string;

  @Column('text', { default: 'closed' })
  state: CircuitState;

  /** By an operator; whatever the state. */
  @Column('boolean', { default: false })
  isPaused: boolean;

  /** Until when nobody calls: for a probe's time, or since the receiver has asked for it. */
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
  deaths: number;

  /** Probes that have failed since the circuit opened. */
  @Column('integer', { default: 0 })
  probes: number;

  /** Lanes at a time while it is led back. */
  @Column('integer', { default: 0 })
  ramp: number;

  /** When operators were last told that it fails. */
  @Column('timestamptz', { nullable: true })
  failingToldAt: Date | null;

  /** Quarters of the way to being disabled that operators were told of. */
  @Column('integer', { default: 0 })
  quartersTold: number;

  @Column('text', { default: '' })
  disabledReason: string;

  /** While the waiting retries of the endpoint are made due, chat by chat: the last chat that is done. */
  @Column('text', { nullable: true })
  retriesDueAfter: string | null;
}
