import { Column, Entity, PrimaryColumn } from 'typeorm';

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
