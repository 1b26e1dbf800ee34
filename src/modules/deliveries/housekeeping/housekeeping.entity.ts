import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A removed endpoint whose rows still exist. */
@Entity('removed_endpoints')
export class RemovedEndpointEntity {
  @PrimaryColumn('text')
  endpointId: string;

  @Column('text')
  botId: string;

  @Column('timestamptz', { default: () => 'now()' })
  removedAt: Date;
}

/** The position of a walk over a table. The lock of the row gives the walk to one process at a time. */
@Entity('invariant_walks')
export class InvariantWalkEntity {
  /** The table. */
  @PrimaryColumn('text')
  name: string;

  /** The key of the last checked row; empty at the beginning of a table. */
  @Column('text', { default: '' })
  endpointId: string;

  @Column('text', { default: '' })
  chatId: string;

  @Column('bigint', { default: 0 })
  seq: number;
}
