import { Column, Entity, PrimaryColumn } from 'typeorm';

/** How far a walk over a table has come. The row's lock is what gives the walk to one process at a time. */
@Entity('invariant_walks')
export class InvariantWalkEntity {
  /** The table. */
  @PrimaryColumn('text')
  name: string;

  /** The key of the last row that was checked; empty at the beginning of a table. */
  @Column('text', { default: '' })
  endpointId: string;

  @Column('text', { default: '' })
  chatId: string;

  @Column('bigint', { default: 0 })
  seq: number;
}
