import { Column, Entity, PrimaryColumn } from 'typeorm';

/** An entry that is behind the cursor already, and shall be told once more. */
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
