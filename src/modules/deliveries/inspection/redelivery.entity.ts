import { Column, Entity, PrimaryColumn } from 'typeorm';

/** An entry before the cursor that is to be delivered again. */
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
