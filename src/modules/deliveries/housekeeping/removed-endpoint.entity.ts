import { Column, Entity, PrimaryColumn } from 'typeorm';

/** An endpoint that is gone, and whose rows are not yet. */
@Entity('removed_endpoints')
export class RemovedEndpointEntity {
  @PrimaryColumn('text')
  endpointId: string;

  @Column('text')
  botId: string;

  @Column('timestamptz', { default: () => 'now()' })
  removedAt: Date;
}
