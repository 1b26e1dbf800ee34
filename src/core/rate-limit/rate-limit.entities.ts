import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** The used points of a key in its window. `rate-limiter-flexible` defines the names and the order of the columns. */
@Entity('rate_limits')
@Index('rate_limits_expire_idx', ['expire'])
export class RateLimitEntity {
  @PrimaryColumn('text')
  key: string;

  @Column('integer', { default: 0 })
  points: number;

  /** Milliseconds since 1970. */
  @Column('bigint', { nullable: true })
  expire: number | null;
}

/** A process that holds slots. Its slots count until its lease expires. */
@Entity('slot_holders')
export class SlotHolderEntity {
  @PrimaryColumn('text')
  id: string;

  @Column('timestamptz')
  leaseUntil: Date;
}

/** One use of a concurrency limit. */
@Entity('slots')
@Index('slots_key_idx', ['key'])
@Index('slots_holder_id_idx', ['holderId'])
export class SlotEntity {
  @PrimaryColumn('text')
  id: string;

  @Column('text')
  key: string;

  @Column('text')
  holderId: string;
}
